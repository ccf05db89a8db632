"""The pages of batches, notifications, suppressions, and of the audit log. Their modules read the API."""

from werkzeug.wrappers import Response as AnyResponse

from api.pages.pages import blueprint, shown

NOTIFICATIONS = "/notifications"


@blueprint.get("/batches")
def batches() -> AnyResponse:
    """The batches, those that changed last first."""
    return shown("batches.html", "/batches", "batches")


@blueprint.get("/batches/<batch_id>")
def batch(batch_id: str) -> AnyResponse:
    """One batch: how its jobs ended, and what was not reached and why."""
    return shown("batch.html", "/batches", "batch", batch_id=batch_id)


@blueprint.get("/notifications")
def notifications() -> AnyResponse:
    """The notifications; the query says which, as that of `GET /v1/notifications`."""
    return shown("notifications.html", NOTIFICATIONS, "notifications")


@blueprint.get("/suppressions")
def suppressions() -> AnyResponse:
    """The lists of those to whom nothing is sent."""
    return shown("suppressions.html", NOTIFICATIONS, "suppressions")


@blueprint.get("/audit")
def audit() -> AnyResponse:
    """The audit log; the query says which part, as that of `GET /v1/audit`."""
    return shown("audit.html", "/audit", "audit")
