"""Training runs and adapters as rows: what is wanted, what is under way, what came of it."""
