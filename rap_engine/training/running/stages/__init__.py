"""The stages of a run: records, training, measuring. Each loads libraries of its own."""
