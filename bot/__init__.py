"""The front door: updates in, replies out. Loads no model."""
