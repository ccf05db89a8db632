"""The Celery app: the web process only publishes with it, workers and Flower run it. Settings: celeryconfig.py."""

from celery import Celery

from tasks_app import settings as settings  # judged now: Flower reads FLOWER_PORT itself before it asks for any of ours

app = Celery("usher")
app.config_from_object("celeryconfig")
