"""The web process: gunicorn's worker, and Flask without detours."""

from api.server.codes import CODES, COMMON, JOB_CODES, SUBMITTING, body_of, status_of, title_of
from api.server.lean_flask import WHOLE_BODY, LeanFlask

__all__ = ["CODES", "COMMON", "JOB_CODES", "SUBMITTING", "WHOLE_BODY", "LeanFlask", "body_of", "status_of", "title_of"]
