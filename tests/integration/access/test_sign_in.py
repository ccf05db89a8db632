"""Sign-in: a browser's cookie stands for a key, as long as the key is good, and changes nothing without the token."""

import time
from http.cookies import SimpleCookie
from typing import Any

import pytest

from tasks_app.access import WITHIN_SECONDS, ApiKey, Role, Sessions
from tests.integration.access.access_kit import Gate
from tests.integration.api_system import assert_problem
from tests.roots import Root

HERE = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


class Browser:
    """Keeps cookies, and says where its requests come from, as a browser does for a page of ours."""

    def __init__(self, gate: Gate) -> None:
        self.client = gate.application.test_client()

    def sign_in(self, key: str, to: str = "", **environ: str) -> Any:
        form = {"key": key, "to": to}
        return self.client.post("/sign-in", data=form, headers=HERE, environ_overrides=environ or None)

    def cookie(self, name: str) -> str:
        found = self.client.get_cookie(name)
        return found.value if found else ""

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"Sec-Fetch-Site": "same-origin", **headers})

    def post(self, path: str, body: Any = None, token: str | None = None, **headers: str) -> Any:
        """With the CSRF token, as the pages' scripts send it, unless another is given."""
        sent = self.cookie("_xsrf") if token is None else token
        return self.client.post(path, json=body, headers={**HERE, "X-XSRFToken": sent, **headers})


def key_of(gate: Gate, owner: str, *roles: Role, seconds: float | None = None) -> str:
    token, key = ApiKey.issue(owner, roles, (), None if seconds is None else int((time.time() + seconds) * 1000))
    gate.usher.api_keys.add(key)
    return token


@pytest.fixture
def browser(gate: Gate) -> Browser:
    return Browser(gate)


@pytest.fixture
def signed_in(gate: Gate, browser: Browser) -> Browser:
    """As an operator."""
    assert browser.sign_in(key_of(gate, "ops", Role.OPERATOR)).status_code == 303
    return browser


def test_a_key_becomes_a_cookie_that_reads_and_changes_as_the_key_does(gate: Gate, browser: Browser):
    key = key_of(gate, "ops", Role.OPERATOR)
    assert_problem(browser.get("/v1/stats"), 401, "key_required")
    assert browser.sign_in(key, to="/push").headers["Location"] == "/push"
    assert browser.get("/v1/stats").status_code == 200
    assert browser.post("/v1/types/resize_image/pause").status_code == 200
    assert_problem(browser.post("/v1/shows", {"name": "a"}), 403, "not_permitted")
    assert "ops (operator)" in browser.get("/").text
    assert gate.usher.api_keys.listed()[0].used_ms


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_has_no_key_in_it(gate: Gate, browser: Browser):
    key = key_of(gate, "ops", Role.OPERATOR)
    for scheme in ("http", "https"):
        answer = browser.client.post("/sign-in", data={"key": key}, base_url=f"{scheme}://localhost")
        cookies = [SimpleCookie(text) for text in answer.headers.getlist("Set-Cookie")]
        session, token = cookies[0]["usher_session"], cookies[1]["_xsrf"]
        assert (session["httponly"], token["httponly"]) == (True, "")
        for one in (session, token):
            assert (one["samesite"], one["path"], one["domain"]) == ("Strict", "/", "")
            assert bool(one["secure"]) == (scheme == "https")
            assert 0 < int(one["max-age"]) <= gate.usher.settings.session_seconds
        assert key.rpartition("_")[2] not in str(answer.headers)


@pytest.mark.parametrize("token", ["", "a" * 26, "\xff"])
def test_a_change_without_the_sessions_own_token_is_refused(gate: Gate, signed_in: Browser, token: str):
    other = Browser(gate)
    other.sign_in(key_of(gate, "ops", Role.OPERATOR))
    for sent in (token, other.cookie("_xsrf")):
        assert_problem(signed_in.post("/v1/types/resize_image/pause", token=sent), 403, "csrf_token_invalid")
        assert_problem(signed_in.client.delete("/v1/jobs/" + "a" * 26), 403, "csrf_token_invalid")
        assert_problem(signed_in.get("/process", X_XSRFToken=sent), 403, "csrf_token_invalid")
    assert signed_in.post("/v1/types/resize_image/pause").status_code == 200


def test_a_request_with_a_key_needs_no_token_and_the_cookie_does_not_count(gate: Gate, signed_in: Browser):
    viewer = {"Authorization": f"Bearer {key_of(gate, 'board', Role.VIEWER)}"}
    assert_problem(signed_in.post("/v1/types/a/pause", **viewer), 403, "not_permitted")
    operator = {"Authorization": f"Bearer {key_of(gate, 'ops', Role.OPERATOR)}"}
    assert signed_in.post("/v1/types/a/pause", token="", **operator).status_code == 200
    assert_problem(signed_in.get("/v1/stats", Authorization="Bearer usk_wrong"), 401, "key_invalid")


def test_for_a_page_of_another_origin_the_cookie_does_not_count(signed_in: Browser):
    for elsewhere in (
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
        {"Origin": "null"},
    ):
        assert_problem(signed_in.client.get("/v1/stats", headers=elsewhere), 401, "key_required")
    visit = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "document"}
    assert signed_in.client.get("/v1/stats", headers=visit).status_code == 200


def test_a_session_ends_with_its_key_and_with_its_time(gate: Gate, eventually):
    for end in ("revoked", "expired", "over"):
        browser = Browser(gate)
        vars(gate.usher.settings)["session_seconds"] = 1 if end == "over" else 60
        browser.sign_in(key_of(gate, end, Role.VIEWER, seconds=1 if end == "expired" else None))
        assert browser.get("/v1/stats").status_code == 200
        if end == "revoked":
            (key,) = [one for one in gate.usher.api_keys.listed() if one.owner == end]
            gate.usher.api_keys.revoke(key.id)
        else:
            eventually(lambda browser=browser: browser.get("/v1/stats").status_code == 401, 5)
        assert_problem(browser.client.get("/v1/stats"), 401, "session_invalid")
        assert browser.get("/").headers["Location"] == "/sign-in?to=/"


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(gate: Gate, signed_in: Browser):
    text, token = signed_in.cookie("usher_session"), signed_in.cookie("_xsrf")
    assert_problem(signed_in.post("/sign-out", token="a" * 26), 403, "csrf_token_invalid")
    assert signed_in.get("/v1/stats").status_code == 200
    assert signed_in.post("/sign-out").status_code == 204
    assert (signed_in.cookie("usher_session"), signed_in.cookie("_xsrf")) == ("", "")
    # The copy is worth nothing, here and in a process that starts later; another session of the key goes on
    for usher in (gate.usher, Root(gate.usher.connections.state)):
        session = usher.sessions.read(text, 0)
        assert session
        assert usher.key_ring.find_signed_in(session) is None
    thief = Browser(gate)
    thief.client.set_cookie("usher_session", text)
    assert_problem(thief.post("/v1/types/a/pause", token=token), 401, "session_invalid")
    assert signed_in.post("/sign-out").status_code == 204


def test_a_text_that_nobody_here_sealed_is_no_session(gate: Gate, signed_in: Browser):
    text = signed_in.cookie("usher_session")
    head, key_id, session_id, end_ms, seal = text.split("_")
    later = "_".join((head, key_id, session_id, str(int(end_ms) + 1), seal))
    for forged in (later, text[:-1] + ("a" if text[-1] != "a" else "b"), "", "uss_", "\u20ac", text + "a"):
        assert gate.usher.sessions.read(forged, 0) is None
    assert gate.usher.sessions.read(text, int(end_ms)) is None
    assert Sessions(Root(gate.usher.connections.state).identity).read(text, 0)


@pytest.mark.parametrize("key", ["", "usk_wrong", "usk_aaaaaaaa_" + "a" * 52, "\ud800"])
def test_a_wrong_key_gets_the_form_again_and_no_cookie(gate: Gate, browser: Browser, key: str):
    key_of(gate, "ops", Role.OPERATOR)
    answer = browser.sign_in(key.encode("utf-8", "replace").decode(), to="/push")
    assert (answer.status_code, answer.mimetype, "Set-Cookie" in answer.headers) == (401, "text/html", False)
    assert "This API key is unknown, revoked or expired." in answer.text
    assert 'value="/push"' in answer.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "push", "/a\nb", ""])
def test_a_sign_in_leads_to_no_other_host(gate: Gate, browser: Browser, to: str):
    assert browser.sign_in(key_of(gate, "ops", Role.OPERATOR), to=to).headers["Location"] == "/"


def test_another_origin_can_sign_nobody_in(gate: Gate, browser: Browser):
    form = {"key": key_of(gate, "mallory", Role.OPERATOR)}
    for elsewhere in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
        assert_problem(browser.client.post("/sign-in", data=form, headers=elsewhere), 403, "cross_origin")


def test_an_address_may_try_some_keys_and_then_waits(gate: Gate, browser: Browser):
    gate.usher.sign_ins.most = 3
    key = key_of(gate, "ops", Role.OPERATOR)
    for _ in range(3):
        assert browser.sign_in("usk_wrong", REMOTE_ADDR="192.0.2.7").status_code == 401
    refused = browser.sign_in(key, REMOTE_ADDR="192.0.2.7")
    assert (refused.status_code, "Set-Cookie" in refused.headers) == (429, False)
    assert 0 < int(refused.headers["Retry-After"]) <= WITHIN_SECONDS
    # Others may still, also those behind a proxy on this machine; the addresses of an IPv6 network are one
    assert browser.sign_in(key, REMOTE_ADDR="192.0.2.8").status_code == 303
    assert [
        browser.sign_in(key, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=f"10.0.0.1, {sender}").status_code
        for sender in ("192.0.2.7", "192.0.2.8")
    ] == [429, 303]
    found = [browser.sign_in(key, REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(4)]
    assert found == [303, 303, 303, 429]


def test_without_any_key_there_is_no_ceremony(gate: Gate, browser: Browser):
    page = browser.get("/sign-in")
    assert "nobody needs to sign in" in page.text
    assert "Sign in" not in browser.get("/").text
    assert browser.sign_in("usk_wrong").status_code == 401
    assert browser.client.post("/sign-out", headers=HERE).status_code == 204
    assert gate.usher.api_keys.version() == 0
    assert browser.post("/v1/types/a/pause", token="").status_code == 200
