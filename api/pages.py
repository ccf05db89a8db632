"""The pages: at / what runs here, at /push a browser that notifies itself."""

from flask import Blueprint, Response, current_app, render_template

from tasks_app.settings import settings

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    """A plain page with links."""
    return render_template("index.html", flower_port=settings.flower_port)


@blueprint.get("/push")
def push() -> str:
    """Subscribe this browser, and send it something. Loads nothing from elsewhere."""
    return render_template("push.html")


@blueprint.get("/push-worker.js")
def push_worker() -> Response:
    """The service worker. It stands at the root, as it may only speak for what lies below it."""
    response = current_app.send_static_file("worker.js")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"  # a browser asks whether there is a newer one
    return response
