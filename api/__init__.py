"""HTTP: reads requests, submits jobs, answers, streams events. Knows neither Redis nor Celery."""
