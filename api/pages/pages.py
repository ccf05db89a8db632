"""The pages: at / what runs here, at /push a browser that notifies itself."""

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
    Where this browser finds Flower, and is that sure? Without a setting it is on the host that the page came from, on
    Flower's port; since it listens at 127.0.0.1, from another machine only what somebody forwards leads there.
    """
    settings = usher().settings
    if settings.flower_url:
        return settings.flower_url, True
    name = urlsplit(request.host_url).hostname or "127.0.0.1"
    try:
        address = ip_address(name)
    except ValueError:
        return f"http://{name}:{settings.flower_port}/", name in ("localhost", "localhost.")
    if address.is_loopback:  # ::1 too: nobody listens there
        return f"http://127.0.0.1:{settings.flower_port}/", True
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{shown}:{settings.flower_port}/", False


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
