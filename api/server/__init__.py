"""The web process: gunicorn's worker, and Flask without detours."""
