"""Measuring generators, on photos and answers that are plain to see."""
