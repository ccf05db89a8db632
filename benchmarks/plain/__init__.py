"""The peer: reservations by Flask and Celery in the usual way, one message per request. It imports nothing of Usher."""
