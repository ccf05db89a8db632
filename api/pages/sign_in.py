"""Sign-in: a browser gets a cookie for an API key, and with it the pages and the API work."""

import re

from flask import Response, make_response, redirect, render_template, request

from api.access import COOKIE, TOKEN_COOKIE, auditing, forgery, session_of
from api.http import address_of, usher
from api.pages.pages import blueprint
from tasks_app.access import id_of, now_ms
from tasks_app.metrics import TOO_MANY

OWN_PATH = re.compile(r"/(?![/\\])[!-~]{0,500}")  # where a sign-in leads: never to another host


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """A form that takes a key; or who is signed in, and a button that ends it."""
    return _form(_goal(request.args.get("to", "")))


@blueprint.post("/sign-in")
def begin_session() -> Response:
    """What the form sends: the key for a cookie, which does not contain it."""
    goal, settings = _goal(request.form.get("to", "")), usher().settings
    if wait_seconds := usher().sign_ins.attempt(address_of(request.environ, settings.proxies)):
        usher().meter.observe(TOO_MANY, ("sign_in",), 1)
        minutes = -(-wait_seconds // 60)
        said = f"There were too many attempts from your address. Try again in {minutes} min."
        response = _form(goal, said, 429)
        response.headers["Retry-After"] = str(wait_seconds)
        return response
    text = request.form.get("key", "").strip()
    key = usher().key_ring.find(text)
    if key is None:
        auditing.note_sign_in(request, "sign_in", id_of(text), status=401)
        return _form(goal, "This API key is unknown, revoked or expired.", 401)
    auditing.note_sign_in(request, "sign_in", key.id, key.owner)
    now = now_ms()
    end_ms = min(now + settings.session_seconds * 1000, key.expires_ms or 1 << 62)
    text, session = usher().sessions.issue(key.id, end_ms)
    response = make_response(redirect(goal, 303))
    seconds = -(-(end_ms - now) // 1000)
    _set(response, COOKIE, text, seconds, hidden=True)
    _set(response, TOKEN_COOKIE, usher().sessions.csrf_token(session), seconds, hidden=False)
    return response


@blueprint.post("/sign-out")
def end_session() -> Response:
    """End the session of this browser, for whoever has its cookie."""
    session = session_of(request)
    if session is not None and (key := usher().key_ring.find_signed_in(session)):
        if refused := forgery(request, session):
            return refused
        auditing.note_sign_in(request, "sign_out", key.id, key.owner, 204)
        usher().api_keys.end_session(session)
    response = Response(status=204)
    _set(response, COOKIE, "", 0, hidden=True)
    _set(response, TOKEN_COOKIE, "", 0, hidden=False)
    return response


def _form(goal: str, said: str = "", status: int = 200) -> Response:
    return make_response(render_template("sign-in.html", goal=goal, said=said), status)


def _goal(asked: str) -> str:
    return asked if OWN_PATH.fullmatch(asked) else "/"


def _set(response: Response, name: str, text: str, seconds: int, hidden: bool) -> None:
    """A cookie for this host; `hidden` from scripts. Over https it is never sent without."""
    response.set_cookie(
        name, text, max_age=seconds, path="/", secure=request.is_secure, httponly=hidden, samesite="Strict"
    )
