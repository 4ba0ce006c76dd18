"""Jobs and replies: the tables and the few verbs on them. Loads neither Celery nor a model."""
