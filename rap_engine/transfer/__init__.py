"""Concepts and conversations as files: taken along, and taken in."""
