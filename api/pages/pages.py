"""The pages: what runs here, jobs, and /push, which lets a browser notify itself. Their modules read the API."""

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from api.pages.account import account
from tasks_app.own_types import OwnType
from tasks_app.text import seen

blueprint = Blueprint("pages", __name__)

# Where people go, in groups: path and name. keyboard.js has a letter for each, after g.
PLACES = (
    (
        ("/", "Overview"),
        ("/jobs", "Jobs"),
        ("/failures", "Failures"),
        ("/batches", "Batches"),
        ("/notifications", "Notifications"),
        ("/box-office", "Box office"),
        ("/workers", "Workers"),
        ("/audit", "Audit"),
    ),
    (("/flower/", "Flower"), ("/docs/", "API"), ("/push", "Push")),
)


@blueprint.app_context_processor
def offer_account() -> dict[str, object]:
    """Templates call it; most answers have none."""
    return {"account": account}


blueprint.add_app_template_filter(seen)


def shown(template: str, place: str, *modules: str, **values: object) -> AnyResponse:
    """A page with its modules; or the way to the sign-in, for whoever needs it."""
    me = account()
    if me.is_needed and not me.owner:
        return redirect(f"/sign-in?to={request.full_path.removesuffix('?')}", 303)
    frame = {"PLACES": PLACES, "place": place, "modules": ("keyboard", *modules), "own_types": list(OwnType)}
    text = render_template(template, **frame, **values)
    return Response(text, content_type="text/html; charset=utf-8")


@blueprint.get("/")
def index() -> AnyResponse:
    """What runs, what waits, what is on sale, and what is wrong."""
    return shown("overview.html", "/", "overview")


@blueprint.get("/jobs")
def jobs() -> AnyResponse:
    """The list of jobs; the query says which, as that of `GET /v1/jobs`."""
    return shown("jobs.html", "/jobs", "jobs")


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> AnyResponse:
    """One job: what happened to it and why."""
    return shown("job.html", "/jobs", "job", job_id=job_id)


@blueprint.get("/bulk")
def bulk_operations() -> AnyResponse:
    """What was done to many jobs at once."""
    return shown("bulk-operations.html", "/jobs", "bulk_list")


@blueprint.get("/bulk/<bulk_id>")
def bulk_operation(bulk_id: str) -> AnyResponse:
    """One bulk operation: how far it is, and its report."""
    return shown("bulk.html", "/jobs", "bulk", bulk_id=bulk_id)


@blueprint.get("/failures")
def failures() -> AnyResponse:
    """Which jobs failed alike, and the messages that no worker could read."""
    return shown("failures.html", "/failures", "failures", "dead_messages")


@blueprint.get("/workers")
def workers() -> AnyResponse:
    """The workers' processes, what their slots do, and the limits of types."""
    return shown("workers.html", "/workers", "workers")


@blueprint.get("/push")
def push() -> str:
    """Subscribe this browser, and send it something. Loads nothing from elsewhere."""
    return render_template("push.html")


@blueprint.get("/push-worker.js")
def push_worker() -> Response:
    """The service worker. It is at the root, since it may only control pages below its own path."""
    response = current_app.send_static_file("worker.js")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"  # a browser must ask whether there is a newer one
    return response
