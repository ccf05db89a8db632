"""The pages: / shows what runs here, /push lets a browser notify itself."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, request

from api.http import usher

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    """A plain page with links."""
    url, is_sure = _flower()
    return render_template("index.html", flower_url=url, flower_is_sure=is_sure)


def _flower() -> tuple[str, bool]:
    """
    Where this browser finds Flower, and whether that is certain. Without a setting: on the host of this page, at
    Flower's port. Flower listens at 127.0.0.1, so another machine reaches it only by a forwarded port.
    """
    settings = usher().settings
    if settings.flower_url:
        return settings.flower_url, True
    name = urlsplit(request.host_url).hostname or "127.0.0.1"
    try:
        address = ip_address(name)
    except ValueError:
        return f"http://{name}:{settings.flower_port}/", name in ("localhost", "localhost.")
    if address.is_loopback:  # also for ::1, where nothing listens
        return f"http://127.0.0.1:{settings.flower_port}/", True
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{shown}:{settings.flower_port}/", False


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
