"""Which requests are let in, by the real server: hosts, origins, methods, headers; and bodies broken on the wire."""

import gzip
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.integration.real_server import RealServer

EVIL = "http://evil.example"
CHANGES = ["/reserve_product/1", "/reserve_seat", "/process"]
JOB = b'{"type": "nobody does it"}'
LINE = b'{"to": "ada", "message": "hello"}'


@pytest.fixture(scope="module")
def server(api_system: ApiSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    log = tmp_path_factory.mktemp("doors") / "web.log"
    server = RealServer(api_system, log, USHER_HOSTS="shop.example, .tickets.example", USHER_BODY_LIMIT_BYTES="100000")
    yield server
    server.stop()
    assert not [word for word in ("Traceback", '"exception":') if word in log.read_text()]


def asked(
    server: RealServer, line: str, *headers: str, body: bytes = b"", host: str = "localhost", end: bool = False
) -> tuple[int, str]:
    """The status, and the `code` of a problem."""
    head = "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", "Connection: close", *headers])
    answer = server.send(head.encode("latin-1") + b"\r\n\r\n" + body, end=end)
    _, _, text = answer.partition(b"\r\n\r\n")
    try:
        code = json.loads(text).get("code", "")
    except ValueError:
        code = ""
    return int(answer.split(b" ", 2)[1]), code


def sent(
    server: RealServer, path: str, body: bytes, *headers: str, kind: str = "application/json", missing: int = 0
) -> tuple[int, str]:
    """`missing`: so many bytes of the body never come, and the caller says that no more will."""
    length = f"Content-Length: {len(body) + missing}"
    return asked(server, f"POST {path}", f"Content-Type: {kind}", length, *headers, body=body, end=missing > 0)


def chunked(
    server: RealServer, path: str, body: bytes, kind: str = "application/json", end: bool = True
) -> tuple[int, str]:
    return asked(server, f"POST {path}", f"Content-Type: {kind}", "Transfer-Encoding: chunked", body=body, end=end)


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/v1/jobs", "/list_products", "/process", "/docs/swagger", "/nothing"]
)
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "evil.example:1245", "a b", "[::1", "x@localhost"]
)
def test_a_foreign_host_is_refused_on_every_route(server: RealServer, path: str, host: str) -> None:
    status, code = asked(server, f"GET {path}", host=host)
    assert (status, code) in ((421, "unknown_host"), (400, ""))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:1245",
        "localhost.",
        "127.0.0.1:99",
        "[::1]:1245",
        "10.1.2.3",
        "shop.example",
        "a.tickets.example",
    ],
)
def test_own_names_and_addresses_are_served(server: RealServer, host: str) -> None:
    assert asked(server, "GET /healthz", host=host) == (200, "")


def test_a_probe_without_host_is_served(server: RealServer) -> None:
    assert server.send(b"GET /healthz HTTP/1.0\r\n\r\n").split(b" ")[1] == b"200"


def test_a_connection_is_kept_after_a_refusal(server: RealServer) -> None:
    head = "HTTP/1.1\r\nHost: localhost\r\n"
    body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    asked = [f"GET /nothing {head}\r\n", f"POST /v1/jobs {head}{body}", f"PATCH /healthz {head}{body}"]
    asked += [f"POST /v1/jobs {head}Content-Length: 100001\r\n\r\n{'x' * 100_001}", f"HEAD /healthz {head}\r\n"]
    told = server.send("".join([*asked, f"GET /healthz {head}\r\n"]).encode(), end=True)
    assert re.findall(rb"HTTP/1.1 ([0-9]+)", told) == [b"404", b"422", b"405", b"413", b"200", b"200"]


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "header", [f"Origin: {EVIL}", "Origin: null", "Sec-Fetch-Site: cross-site", f"Referer: {EVIL}/a"]
)
def test_a_page_from_another_origin_cannot_change_by_get(server: RealServer, path: str, header: str) -> None:
    assert asked(server, f"GET {path}", header) == (403, "cross_origin")


def test_no_route_that_changes_accepts_a_request_from_another_origin(application: Flask) -> None:
    client = application.test_client()
    given = [(method, rule.rule) for rule in application.url_map.iter_rules() for method in rule.methods or ()]
    changing = [(method, path) for method, path in given if method not in ("GET", "HEAD", "OPTIONS")]
    assert len(changing) > 20
    for method, path in changing:
        for headers in ({"Origin": EVIL}, {"Origin": "http://localhost:8000"}, {"Sec-Fetch-Site": "same-site"}):
            assert_problem(client.open(path, method=method, headers=headers), 403, "cross_origin")


def test_own_pages_and_programs_may_change(server: RealServer) -> None:
    assert sent(server, "/v1/jobs", JOB)[0] == 202
    assert sent(server, "/v1/jobs", JOB, "Origin: http://localhost", "Sec-Fetch-Site: same-origin")[0] == 202
    assert asked(server, "GET /process", "Sec-Fetch-Site: none")[0] == 200


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
def test_routes_that_change_by_get_have_no_other_method(api: Api, path: str, method: str) -> None:
    answer = api.call(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_every_answer_keeps_browsers_from_guessing_and_framing(api: Api) -> None:
    for path in ("/", "/push", "/docs/", "/docs/swagger", "/push-worker.js", "/v1/jobs", "/nothing", "/static/push.js"):
        with api.get(path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
    assert "script-src" not in api.get("/docs/").headers["Content-Security-Policy"]  # only our own files
    assert "<script>" not in api.get("/docs/").text


@pytest.mark.parametrize("body", [b"zz\r\n", b"5\r\nabc", b"5\r\nabcdefg\r\n0\r\n\r\n", b"-1\r\n", b"", b"2\r\n{}\r\n"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_malformed_chunks_are_the_callers_fault(server: RealServer, body: bytes, kind: str) -> None:
    assert chunked(server, "/v1/notifications", body, kind) == (400, "malformed_body")


@pytest.mark.parametrize("missing", [1, 70_000])  # beyond 65 536 bytes gunicorn itself reads the body
@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/v1/jobs", JOB, "application/json"),
        ("/v1/jobs", JOB[:-1], "application/json"),
        ("/v1/notifications", b"[" + LINE.strip() + b"]", "application/json"),
        ("/v1/notifications", LINE, "application/x-ndjson"),  # a line that is whole, of more that never came
        ("/v1/shows/none/reservations", b"{}", "application/json"),
    ],
)
def test_a_body_that_ends_before_its_length_is_not_taken_for_whole(
    server: RealServer, path: str, body: bytes, kind: str, missing: int
) -> None:
    status, code = sent(server, path, body, kind=kind, missing=missing)
    assert (status, code) == (400, "malformed_body")


def test_chunks_beyond_the_limit_are_too_large(server: RealServer) -> None:
    body = b"186a2\r\n" + b"x" * 0x186A2 + b"\r\n0\r\n\r\n"  # by two: unread bytes would reset the connection
    assert chunked(server, "/v1/jobs", body, end=False) == (413, "request_entity_too_large")


def test_good_chunks_and_boms_are_read(server: RealServer) -> None:
    assert chunked(server, "/v1/jobs", b"%x\r\n%s\r\n0\r\n\r\n" % (len(JOB), JOB))[0] == 202
    assert sent(server, "/v1/jobs", b"\xef\xbb\xbf" + JOB)[0] == 202
    assert sent(server, "/v1/notifications", b"\xef\xbb\xbf" + LINE, kind="application/x-ndjson")[0] == 202


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_a_coded_body_is_not_understood(server: RealServer, kind: str) -> None:
    given = gzip.compress(LINE)
    found = sent(server, "/v1/notifications", given, "Content-Encoding: gzip", kind=kind)
    assert found == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"", "application/json", (400, "malformed_json")),
        (b"\xff\xfe{", "application/json", (400, "malformed_json")),
        (JOB + b" x", "application/json", (400, "malformed_json")),
        (JOB, "application/json; charset=utf-16", (415, "unsupported_media_type")),
        (JOB, "text/plain", (415, "unsupported_media_type")),
        (json.dumps(JOB.decode()).encode(), "application/json", (422, "invalid_request")),
        (b"\xff\n", "application/x-ndjson", (400, "malformed_json")),
        (b"", "application/x-ndjson", (422, "invalid_request")),
    ],
)
def test_a_body_of_nonsense_gets_a_code(server: RealServer, body: bytes, kind: str, expected: tuple[int, str]) -> None:
    assert sent(server, "/v1/notifications", body, kind=kind) == expected


@pytest.mark.parametrize(
    "header",
    [
        "SCRIPT_NAME: /x", "PATH_INFO: /x", "Content-Length: x", "Content-Length: -1", "Last-Event-ID: " + "9" * 400,
        "Prefer: wait=" + "9" * 400, "X-Forwarded-Proto: gopher", "Cookie: \xff=\xfe", "Range: bytes=9-1", "Expect: x",
        "Authorization: \xff", "Idempotency-Key: \xff", "If-None-Match: \xff", "Content-Type: \xff", "Accept: \xff;q=x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("line", ["GET /v1/jobs", "POST /v1/jobs", "GET /", "GET /static/push.js"])
def test_no_header_causes_an_internal_error(server: RealServer, header: str, line: str) -> None:
    assert asked(server, line, header)[0] < 500


@pytest.mark.parametrize(
    "cursor", ["9" * 400, "9" * 3_000, "-1", "", "%00", "%ff", "W1tbW1tb" * 300, "eyJhIjpbMWU5OTksImIiXX0="]
)
@pytest.mark.parametrize(
    "path",
    ["/v1/jobs?cursor={}", "/v1/suppressions/any?cursor={}", "/v1/stream?topic=job:a&after={}", "/list_products/{}",
     "/v1/products/1/ledger?after={}", "/v1/jobs?limit={}", "/v1/jobs/{}", "/static/{}", "/v1/suppressions/any/{}"],
)  # fmt: skip
def test_no_cursor_and_no_path_causes_an_internal_error(server: RealServer, path: str, cursor: str) -> None:
    assert asked(server, f"GET {path.format(cursor)}")[0] < 500
