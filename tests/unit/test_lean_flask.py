"""The lean Flask does what Flask does: hosts, functions before and after, teardown, signals, bodies, media types."""

import io

import flask
import pytest
from flask import signals
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.http.responses import answer
from api.http.validation import Blueprint
from api.server.lean_flask import WHOLE_BODY, LeanFlask, Request

OURS, FLASKS = LeanFlask("lean"), flask.Flask("plain")
TORN = ("request_tearing_down", "appcontext_tearing_down")
SIGNALS = ("request_started", "request_finished", "appcontext_pushed", "appcontext_popped", *TORN)

HOSTS = ("localhost", "LocalHost:80", "a.b:8000", "127.0.0.1:1245", "[::1]:5", "", "a..b", ".a", "a_b", "-a", "x@y",
         "b\xfccher", "a:b", "a:", "a b", "a" * 70, ("a" * 40 + ".") * 5 + "a", "xn--a", "a.",
         "a:443", "a:80")  # fmt: skip
hosts = st.sampled_from(HOSTS)
paths = st.one_of(st.sampled_from(["/", "/a//b", "", "//a", "/\xc3\xa4", "/%41"]), st.text("/a\xff", max_size=6))
environs = st.fixed_dictionaries(
    {
        "REQUEST_METHOD": st.sampled_from(["GET", "POST", "OPTIONS", "PURGE"]),
        "PATH_INFO": paths,
        "QUERY_STRING": st.sampled_from(["", "a=b", "\xe4=1"]),
        "SCRIPT_NAME": st.sampled_from(["", "", "", "/x"]),
        "SERVER_NAME": st.just("127.0.0.1"),
        "SERVER_PORT": st.sampled_from(["80", "8000"]),
        "wsgi.url_scheme": st.sampled_from(["http", "http", "https"]),
    },
    optional={
        "HTTP_HOST": hosts,
        "HTTP_UPGRADE": st.just("websocket"),
        "HTTP_CONNECTION": st.sampled_from(["upgrade", "close", "keep-alive, Upgrade"]),
    },
)


def bound(app: flask.Flask, environ: dict) -> object:
    try:
        adapter = app.create_url_adapter(app.request_class(dict(environ)))
    except HTTPException as error:
        return type(error)
    return {name: value for name, value in vars(adapter).items() if name not in ("map", "matches")}


@settings(max_examples=1_000)
@given(environs)
def test_the_url_adapter_is_that_of_flask(environ: dict) -> None:
    assert bound(OURS, environ) == bound(FLASKS, environ)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS, ids=ascii)
def test_the_url_adapter_of_every_kind_of_host_is_that_of_flask(host: str, scheme: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": ""}
    environ |= {"HTTP_HOST": host, "wsgi.url_scheme": scheme}
    assert bound(OURS, environ) == bound(FLASKS, environ)


@pytest.mark.parametrize("name", ["SERVER_NAME", "TRUSTED_HOSTS"])
def test_a_setting_about_hosts_takes_effect(name: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "evil.example", "wsgi.url_scheme": "http"}
    found = []
    for kind in (LeanFlask, flask.Flask):
        app = kind("one")
        app.config[name] = "good.example" if name == "SERVER_NAME" else ["good.example"]
        found.append(bound(app, environ))
    assert found[0] == found[1] != bound(OURS, environ)


@given(st.one_of(
    st.sampled_from(["", "application/json", "Application/JSON; Charset=UTF-8", 'a/b; c="d;e"; f=', "a;;", "a/b+json"]),
    st.text(st.characters(max_codepoint=255), max_size=20),
))  # fmt: skip
def test_the_media_type_is_that_of_flask(header: str) -> None:
    ours, flasks = (kind({"CONTENT_TYPE": header}) for kind in (Request, flask.Request))
    assert (ours.mimetype, dict(ours.mimetype_params), ours.is_json) == (
        flasks.mimetype,
        dict(flasks.mimetype_params),
        flasks.is_json,
    )


def test_a_body_that_is_there_is_read_and_limited_like_any_other() -> None:
    for whole in ({}, {WHOLE_BODY: b'{"a": 1}'}):
        environ = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "8", "wsgi.input": io.BytesIO(b'{"a": 1}')}
        asked = Request({**environ, **whole})
        assert (asked.get_data(), asked.get_data(as_text=True), asked.get_json()) == (b'{"a": 1}', '{"a": 1}', {"a": 1})
        asked = Request({**environ, "wsgi.input": io.BytesIO(b'{"a": 1}'), **whole})
        asked.max_content_length = 7
        with pytest.raises(RequestEntityTooLarge):
            asked.get_data()


@pytest.mark.parametrize("kind", [LeanFlask, flask.Flask])
def test_all_registered_functions_are_called(kind: type[flask.Flask]) -> None:
    # Given functions of the application and of a blueprint, and receivers of every signal
    app, room, told = kind("heard"), flask.Blueprint("room", "room"), []
    for owner, name in ((app, "app"), (room, "room")):
        owner.before_request(lambda name=name: told.append(f"before {name}"))
        owner.after_request(lambda response, name=name: told.append(f"after {name}") or response)
        owner.teardown_request(lambda error, name=name: told.append(f"teardown {name}"))
    app.teardown_appcontext(lambda error: told.append("teardown context"))
    app.url_value_preprocessor(lambda endpoint, values: told.append("values"))

    @room.get("/")
    def view() -> str:
        flask.after_this_request(lambda response: told.append("after this") or response)
        return "ok"

    app.register_blueprint(room)
    receivers = {name: (lambda sender, name=name, **_: told.append(name)) for name in SIGNALS}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, app)

    # When a request comes, then all of them are called, in Flask's order
    assert app.test_client().get("/").text == "ok"
    assert told == [
        "appcontext_pushed", "request_started", "values", "before app", "before room", "after this", "after room",
        "after app", "request_finished", "teardown room", "teardown app", "request_tearing_down", "teardown context",
        "appcontext_tearing_down", "appcontext_popped",
    ]  # fmt: skip


def test_only_teardown_functions_are_called_too() -> None:
    app, told = LeanFlask("torn"), []
    app.teardown_request(lambda error: told.append(str(error)))

    @app.get("/")
    def view() -> str:
        raise RuntimeError("broken")

    assert app.test_client().get("/").status_code == 500
    assert told == ["broken"]


def test_only_signals_are_sent_too() -> None:
    app, told = LeanFlask("signalled"), []
    receivers = {name: (lambda sender, name=name, **_: told.append(name)) for name in TORN}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, app)
    assert app.test_client().get("/").status_code == 404
    assert told == list(TORN)


def test_there_is_no_session_to_write_to() -> None:
    app = LeanFlask("sessions")

    @app.get("/")
    def view() -> str:
        assert not flask.session
        with pytest.raises(RuntimeError):
            flask.session["a"] = 1
        return "ok"

    answered = app.test_client().get("/", headers={"Cookie": "session=abc"})
    assert (answered.text, answered.headers.get("Set-Cookie"), answered.headers.get("Vary")) == ("ok", None, None)


def test_an_answer_has_no_body_for_head_and_calls_functions_that_wait_for_its_end() -> None:
    app, told = LeanFlask("answers"), []

    @app.get("/")
    def view() -> flask.Response:
        made = answer({"a": "\xe4"}, 201, location="/b")
        made.call_on_close(lambda: told.append("closed"))
        return made

    client = app.test_client()
    with client.get("/") as got, client.head("/") as head:
        assert (got.status, got.data, got.headers["Location"]) == ("201 CREATED", b'{"a":"\\u00e4"}', "/b")
        assert (head.data, head.headers["Content-Length"]) == (b"", got.headers["Content-Length"])
    assert told == ["closed", "closed"]
    assert list(answer({}, 200)({"REQUEST_METHOD": "HEAD"}, lambda status, headers: None)) == []


class Lists(BaseModel):
    many: list[int] | None = None


@pytest.mark.parametrize("name", ["header", "cookie", "form", "query"])
def test_a_route_that_would_not_be_validated_is_refused(name: str) -> None:
    given = dict.fromkeys(("header", "cookie", "path", "query", "form", "body", "raw"))
    with pytest.raises(TypeError, match="may have"):
        Blueprint.create_view_func(test_there_is_no_session_to_write_to, **{**given, name: Lists})


def test_a_coroutine_is_handed_to_flask() -> None:
    async def view() -> str:
        return "ok"

    found = []
    for app in (OURS, FLASKS):
        try:
            found.append(app.ensure_sync(view)())
        except RuntimeError as error:  # Flask's extra for them is not installed
            found.append(str(error))
    assert found[0] == found[1]
    assert OURS.ensure_sync(len) is len
