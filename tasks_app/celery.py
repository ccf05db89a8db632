"""The Celery application of this process, for `celery -A tasks_app.celery`. Its settings: celeryconfig.py."""

from tasks_app.program import own_usher

usher = own_usher()  # judged now: Flower reads FLOWER_PORT itself before it asks for any of ours
app = usher.celery
