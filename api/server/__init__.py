"""The web process: gunicorn's worker, and Flask without detours."""

from api.server.access_log import KEY as ACCESS_KEY
from api.server.access_log import ROUTE
from api.server.codes import CODES, COMMON, JOB_CODES, SUBMITTING, body_of, status_of, title_of
from api.server.lean_flask import WHOLE_BODY, LeanFlask
from api.server.request_ids import HEADER as REQUEST_ID
from api.server.request_ids import current as current_request_id
from api.server.safe_headers import DATA as DATA_HEADERS
from api.server.safe_headers import PRIVATE, SAFE
from api.server.traced import Traced

__all__ = [
    "ACCESS_KEY",
    "CODES",
    "COMMON",
    "DATA_HEADERS",
    "JOB_CODES",
    "PRIVATE",
    "REQUEST_ID",
    "ROUTE",
    "SAFE",
    "SUBMITTING",
    "WHOLE_BODY",
    "LeanFlask",
    "Traced",
    "body_of",
    "current_request_id",
    "status_of",
    "title_of",
]
