"""The Celery application of this process, for `celery -A tasks_app.celery`. Its settings: celeryconfig.py."""

from tasks_app.program import own_usher

usher = own_usher()  # check the settings now: Flower reads FLOWER_PORT itself before it asks for ours
app = usher.celery
