"""/flower/: the pages of Flower, which listens for this process only. Their one button cancels a job."""

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request

from api.access import Permission, may
from api.flower.upstream import Upstream
from api.http import answer, usher
from tasks_app.access import now_ms
from tasks_app.usher import Usher

blueprint = Blueprint("flower", __name__)
HTML, PROBLEM = "text/html", "application/problem+json"


@blueprint.get("/flower/")
def show_flower() -> Response:
    """Flower's first page."""
    return _passed_on()


@blueprint.get("/flower/<path:page>")
def show_page(page: str) -> Response:  # noqa: ARG001 the request has it
    """Any other page of Flower, a file of its pages, or its own API as far as that reads."""
    return _passed_on()


@blueprint.post("/flower/tasks/datatable")
def list_rows() -> Response:
    """Rows for its page of tasks: Flower's script asks for them with POST."""
    return _passed_on()


@blueprint.post("/flower/api/task/revoke/<job_id>")
def cancel_row(job_id: str) -> Response:
    """What the button on the page of a row sends, Revoke or Terminate: Usher cancels the job."""
    usher().controls.cancel(job_id)
    return answer({"message": "The job is cancelled."}, 200)


def _passed_on() -> Response:
    passing = usher().flower_pass.issue("acts" if may(Permission.CHANGE) else "reads", now_ms())
    return usher().part(_upstream).answer(request, passing)


def _upstream(its: Usher) -> Upstream:
    return Upstream(its.settings.flower_host, its.settings.flower_port)


@blueprint.after_request
def explain(response: Response) -> Response:
    """A problem as a page where a person looks, as its sentence where Flower's script shows what it gets."""
    if response.mimetype != PROBLEM:
        return response
    detail = response.get_json()["detail"]
    if request.endpoint == "flower.cancel_row" and "X-Requested-With" in request.headers:  # jQuery, not a program
        return _instead(response, detail, "text/plain")
    if request.method != "GET" or HTML not in request.headers.get("Accept", ""):
        return response
    if response.status_code == 401:
        return make_response(redirect(f"/sign-in?to={request.path}", 303))
    title = HTTPStatus(response.status_code).phrase.capitalize()
    return _instead(response, render_template("notice.html", title=title, said=detail), HTML)


def _instead(response: Response, text: str, kind: str) -> Response:
    other = Response(text, response.status_code, mimetype=kind)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in response.headers:
            other.headers[name] = response.headers[name]
    return other
