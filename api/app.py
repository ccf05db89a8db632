"""The Flask application: every room of the API, the documents, the errors."""

from http import HTTPStatus
from typing import Any

from flask_openapi3 import Info, OpenAPI

from api import batches, classic, health, jobs, pages, problems, products, reservations, shows, stream
from tasks_app.settings import settings

VERSION = "0.1.0"

PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
# Besides what each route says: any request may be malformed, refused for its state, too large, or come at a bad time.
RESPONSES: dict[str | int | HTTPStatus, Any] = {
    "400": {"description": "Malformed", **PROBLEM},
    "404": {"description": "There is no such thing", **PROBLEM},
    "409": {"description": "Refused, or not possible in the present state", **PROBLEM},
    "413": {"description": "The body is too large", **PROBLEM},
    "415": {"description": "The body is not JSON", **PROBLEM},
    "422": {"description": "Invalid", **PROBLEM},
    "429": {"description": "Too much is waiting; try again later", **PROBLEM},
    "503": {"description": "The state is unavailable; repeat with the same Idempotency-Key", **PROBLEM},
}


def create_app() -> OpenAPI:
    """One application a process. Opens no connection: that is left to the first request, after any fork."""
    app = OpenAPI(
        "api",
        info=Info(
            title="Usher",
            version=VERSION,
            description="Reserve scarce things and send notifications, as jobs.",
        ),
        security_schemes={},
        responses=RESPONSES,
        validation_error_model=problems.Problem,
        validation_error_callback=problems.invalid,
        doc_prefix="/docs",
    )
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit_bytes
    app.config["OPENAPI_HTML_STRING"] = '<!doctype html><meta http-equiv="refresh" content="0; url=swagger">'
    app.json.sort_keys = False  # type: ignore[attr-defined]
    problems.register(app)
    for room in (health, shows, products, reservations, jobs, batches, stream, classic):
        app.register_api(room.blueprint)
    app.register_blueprint(pages.blueprint)
    return app
