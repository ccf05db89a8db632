"""What a path leads to in the lean Flask is what it leads to in Flask, each time it is asked for."""

import flask
import pytest
from werkzeug.exceptions import HTTPException

from api.server.lean_flask import LeanFlask, Request


def lay_out(app: flask.Flask) -> flask.Flask:
    app.add_url_rule("/things/<int:number>", "thing", lambda number: str(number), methods=["GET"])
    app.add_url_rule("/things/", "things", lambda: "all", methods=["GET", "POST"])
    return app


@pytest.fixture
def shop() -> flask.Flask:
    return lay_out(LeanFlask("shop"))


def test_a_path_leads_to_the_same_rule_each_time(shop: LeanFlask) -> None:
    paths = ["/things/7", "/things/7/", "/things", "/things/", "/no"]
    asked = [(method, path) for path in reversed(paths) for method in ("POST", "GET", "HEAD", "OPTIONS")] * 3

    def found(app: flask.Flask) -> list[tuple[int, bytes, str | None]]:
        answers = [app.test_client().open(path, method=method) for method, path in asked]
        return [(one.status_code, one.data, one.headers.get("Allow")) for one in answers]

    assert found(shop) == found(lay_out(flask.Flask("plain")))
    statuses = [status for status, *_ in found(shop)]
    assert {200, 308, 404, 405} == {*statuses}
    # A refusal is not remembered.
    kept = {(method, path) for (method, path), status in zip(asked, statuses, strict=True) if status == 200}
    assert {*shop._matches} == kept


def test_another_path_or_method_gets_its_own_answer(shop: LeanFlask) -> None:
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


def test_a_rule_for_one_host_takes_effect() -> None:
    for kind in (LeanFlask, flask.Flask):
        app = kind("hosts", host_matching=True, static_host="a.example")
        for host in ("a.example", "b.example"):
            app.add_url_rule("/", host, lambda host=host: host, host=host)
        hosts = ["a.example", "b.example"] * 2
        assert [app.test_client().get("/", headers={"Host": host}).text for host in hosts] == hosts


def test_a_view_may_change_the_values_of_its_path(shop: LeanFlask) -> None:
    @shop.before_request
    def change() -> None:
        assert flask.request.view_args
        flask.request.view_args["number"] += 1

    assert [shop.test_client().get("/things/7").text for _ in range(3)] == ["8"] * 3


def test_a_rule_that_is_added_later_takes_effect(shop: LeanFlask) -> None:
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
