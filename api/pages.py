"""The page at /: what runs here, and where to go."""

from flask import Blueprint, render_template

from tasks_app.settings import settings

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    """A plain page with links."""
    return render_template("index.html", flower_port=settings.flower_port)
