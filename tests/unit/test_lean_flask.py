"""The lean Flask does what Flask does: routes, functions before and after, teardown, signals, bodies, media types."""

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
def test_a_setting_about_hosts_is_heeded(name: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "evil.example", "wsgi.url_scheme": "http"}
    found = []
    for kind in (LeanFlask, flask.Flask):
        app = kind("one")
        app.config[name] = "good.example" if name == "SERVER_NAME" else ["good.example"]
        found.append(bound(app, environ))
    assert found[0] == found[1] != bound(OURS, environ)


def lay_out(app: flask.Flask) -> flask.Flask:
    app.add_url_rule("/things/<int:number>", "thing", lambda number: str(number), methods=["GET"])
    app.add_url_rule("/things/", "things", lambda: "all", methods=["GET", "POST"])
    return app


@pytest.fixture
def shop() -> flask.Flask:
    return lay_out(LeanFlask("shop"))


def test_what_a_path_leads_to_is_the_same_each_time_it_is_asked_for(shop: LeanFlask) -> None:
    paths = ["/things/7", "/things/7/", "/things", "/things/", "/no"]
    asked = [(method, path) for path in reversed(paths) for method in ("POST", "GET", "HEAD", "OPTIONS")] * 3

    def found(app: flask.Flask) -> list[tuple[int, bytes, str | None]]:
        answers = [app.test_client().open(path, method=method) for method, path in asked]
        return [(one.status_code, one.data, one.headers.get("Allow")) for one in answers]

    assert found(shop) == found(lay_out(flask.Flask("plain")))
    statuses = [status for status, *_ in found(shop)]
    assert {200, 308, 404, 405} == {*statuses}
    # What was refused is not remembered.
    kept = {(method, path) for (method, path), status in zip(asked, statuses, strict=True) if status == 200}
    assert {*shop._matches} == kept


def test_who_asks_for_another_path_or_method_is_told_of_that(shop: LeanFlask) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/things/7", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http"}
    adapter = shop.create_url_adapter(Request(environ))
    assert adapter is not None
    for _ in range(2):
        assert adapter.match(return_rule=True)[1] == {"number": 7}
        assert adapter.match() == ("thing", {"number": 7})
        assert adapter.match("/things/8", return_rule=True)[1] == {"number": 8}
        assert adapter.allowed_methods("/things/") == adapter.allowed_methods("/things/") != adapter.allowed_methods()
        with pytest.raises(HTTPException):
            adapter.match(method="POST", return_rule=True)


def test_a_rule_for_one_host_is_heeded() -> None:
    for kind in (LeanFlask, flask.Flask):
        app = kind("hosts", host_matching=True, static_host="a.example")
        for host in ("a.example", "b.example"):
            app.add_url_rule("/", host, lambda host=host: host, host=host)
        hosts = ["a.example", "b.example"] * 2
        assert [app.test_client().get("/", headers={"Host": host}).text for host in hosts] == hosts


def test_a_view_may_change_what_its_path_says(shop: LeanFlask) -> None:
    @shop.before_request
    def change() -> None:
        assert flask.request.view_args
        flask.request.view_args["number"] += 1

    assert [shop.test_client().get("/things/7").text for _ in range(3)] == ["8"] * 3


def test_a_rule_that_comes_later_is_heeded(shop: LeanFlask) -> None:
    shop.add_url_rule("/<path:rest>", "rest", lambda rest: rest)
    with shop.test_request_context("/things/x", environ_base={"HTTP_HOST": "localhost"}) as context:
        assert context.request.endpoint == "rest"
    shop.add_url_rule("/things/x", "x", lambda: "x")
    with shop.test_request_context("/things/x", environ_base={"HTTP_HOST": "localhost"}) as context:
        assert context.request.endpoint == "x"


def test_no_more_paths_are_remembered_than_a_process_can_hold(shop: LeanFlask) -> None:
    client = shop.test_client()
    for number in range(1_100):
        client.get(f"/things/{number}")
    client.get(f"/things/{'1' * 300}")
    assert 0 < len(shop._matches) <= 1_024
    assert max(len(path) for _, path in shop._matches) < 300


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
def test_whatever_is_registered_is_called(kind: type[flask.Flask]) -> None:
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

    # When a request comes, then all of them hear of it, in Flask's order
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


def test_an_answer_has_no_body_for_head_and_calls_what_waits_for_its_end() -> None:
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
