"""The pages: / shows what runs here, /push lets a browser notify itself."""

from flask import Blueprint, Response, current_app, render_template

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    """A plain page with links."""
    return render_template("index.html")


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
