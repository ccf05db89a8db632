"""The Celery app: the web process only publishes with it, workers and Flower run it. Settings: celeryconfig.py."""

from celery import Celery

app = Celery("usher")
app.config_from_object("celeryconfig")
