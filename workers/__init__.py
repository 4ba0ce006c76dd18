"""Celery workers, and the jobs and replies through which others speak to them."""
