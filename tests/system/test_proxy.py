"""nginx with the configuration that deploy/ offers, before the running API: TLS, streams, what it hands on."""

import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.system.proxy import NAME, Proxy
from tests.system.usher import Usher


@pytest.fixture(scope="module")
def proxy(shared_usher: Usher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    port = urlsplit(shared_usher.http.url).port
    assert port
    with Proxy(tmp_path_factory.mktemp("nginx"), port) as running:
        yield running


@pytest.fixture
def site(proxy: Proxy) -> Iterator[requests.Session]:
    """A browser's session, which believes the site's certificate."""
    with requests.Session() as session:
        session.trust_env = False  # a list of authorities in the environment would replace ours
        session.verify = str(proxy.certificate)
        yield session


def test_nginx_has_no_complaint_about_the_configuration(proxy: Proxy) -> None:
    code, said = proxy.complaints()
    assert code == 0, said
    assert "test is successful" in said


def test_a_caller_over_https_is_served_and_told_to_stay_there(proxy: Proxy, site: requests.Session) -> None:
    answer = site.get(f"{proxy.https}/v1/shows")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_plain_http_leads_to_https_with_the_method_and_serves_nothing(proxy: Proxy) -> None:
    answer = requests.post(f"{proxy.http}/v1/jobs?a=1", json={}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"https://{NAME}/v1/jobs?a=1")


def test_a_foreign_host_does_not_choose_where_http_leads(proxy: Proxy) -> None:
    answer = requests.get(proxy.http, headers={"Host": "evil.example"}, allow_redirects=False, timeout=5)
    assert answer.headers["Location"] == f"https://{NAME}/"


def test_the_host_of_the_caller_reaches_usher(proxy: Proxy, site: requests.Session) -> None:
    answer = site.get(f"{proxy.https}/v1/shows", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")


def test_a_page_of_the_site_may_change_something_and_another_may_not(proxy: Proxy, site: requests.Session) -> None:
    body = {"type": "nobody_does_this", "data": {}}
    own = site.post(f"{proxy.https}/v1/jobs", json=body, headers={"Origin": proxy.https})
    other = site.post(f"{proxy.https}/v1/jobs", json=body, headers={"Origin": "https://evil.example"})
    assert own.status_code == 202, own.text
    assert (other.status_code, other.json()["code"]) == (403, "cross_origin")


def test_what_a_caller_says_about_proxies_is_dropped(proxy: Proxy, site: requests.Session) -> None:
    # gunicorn answers 400 when two of these contradict each other
    lies = {"X-Forwarded-Ssl": "off", "X-Forwarded-Protocol": "http", "X-Forwarded-Proto": "gopher"}
    assert site.get(f"{proxy.https}/v1/shows", headers=lies).status_code == 200


def test_a_body_larger_than_nginx_allows_by_itself_is_usher_s_to_judge(proxy: Proxy, site: requests.Session) -> None:
    # Given lines of 2 MiB, of which nginx alone would refuse all beyond 1 MiB
    line = json.dumps({"to": "ada", "message": "m" * 1000}) + "\n"
    kind = {"Content-Type": "application/x-ndjson"}
    lines = line * 2000

    # When they come, then Usher takes them; and it refuses a single body of more than 4 MiB itself
    taken = site.post(f"{proxy.https}/v1/notifications", data=lines, headers=kind)
    assert (taken.status_code, taken.json()["taken"]) == (202, 2000), taken.text
    too_large = site.post(f"{proxy.https}/v1/jobs", json={"type": "x", "data": {"text": "t" * 5_000_000}})
    assert (too_large.status_code, too_large.json()["code"]) == (413, "request_entity_too_large")


def test_an_event_arrives_while_the_stream_is_open(proxy: Proxy, site: requests.Session) -> None:
    # Given somebody who watches a type over https
    watched = {"topic": "type:watched_behind_a_proxy"}
    with site.get(f"{proxy.https}/v1/stream", params=watched, stream=True, timeout=10) as stream:
        lines = stream.iter_lines(chunk_size=1)
        next(lines)

        # When a job comes, then its event is there at once, and not when a buffer is full
        site.post(f"{proxy.https}/v1/jobs", json={"type": "watched_behind_a_proxy", "data": {}})
        began = time.monotonic()
        next(line for line in lines if line.startswith(b"data:") and b'"queued"' in line)
    assert time.monotonic() - began < 10  # a heartbeat, which would flush a buffer, comes after 15 s
