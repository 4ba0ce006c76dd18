"""Retrieval-Augmented Personalization: Remember, Retrieve, Generate (arXiv 2410.13360)."""
