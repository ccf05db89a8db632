"""A plain request becomes the environ that gunicorn makes of it; a request that gunicorn refuses is not plain."""

from typing import Any

from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import create
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.server.plain_requests import BODY_BYTES, HEAD_BYTES, parse, wsgi_name

CONFIG = Config()
SERVER = ("127.0.0.1", 80)
SCHEMES = {wsgi_name(name): value for name, value in CONFIG.secure_scheme_headers.items()}
PEERS = {"127.0.0.1": SCHEMES, "203.0.113.9": {}}  # the first one is a proxy to gunicorn
OF_THE_CONNECTION = {"wsgi.early_hints", "gunicorn.socket", "wsgi.errors", "wsgi.input", "wsgi.file_wrapper"}


def of_gunicorn(data: bytes, peer: str) -> tuple[dict[str, Any], bytes] | None:
    """What gunicorn's parser and its WSGI make of the first request in `data`, with its body; None = it refuses."""
    try:
        request = next(RequestParser(CONFIG, iter([data]), (peer, 4711)))
        _, environ = create(request, None, (peer, 4711), SERVER, CONFIG)
        return environ, request.body.read()
    except (ParseException, NoMoreData, StopIteration):
        return None


blanks = st.sampled_from(["", " ", "\t", "  ", " \t"])
ends = st.sampled_from(["\r\n"] * 20 + ["\n", "\r", "\r\n ", "\x00", "\x0b", "\x85"])
odd = st.text(st.characters(max_codepoint=255), max_size=4)
targets = st.one_of(
    st.from_regex(r"/[!-~]{0,12}", fullmatch=True),
    st.sampled_from(["*", "http://a/b", "//a/b", "/a?b?c", "/%2e%00%", "?a", "/a#b", "/a;b=[c]"]),
    odd,
)
methods = st.sampled_from(
    ["GET", "POST"] * 5 + ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "TRACE", "G\xc4T", ""]
)
versions = st.sampled_from(["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", ""])
names = st.one_of(
    st.sampled_from(["Host", "Content-Length", "content-length", "Content-Type", "Connection", "Transfer-Encoding",
                     "Expect", "Upgrade", "X-A", "x-a", "X_A",
                     "Content_Length", "X-Forwarded-Proto", "x-forwarded-ssl", "Cookie"]),
    st.from_regex(r"[!-~]{0,8}", fullmatch=True),
    odd,
)  # fmt: skip
values = st.one_of(
    st.sampled_from(
        ["", "0", "5", "05", "+5", "5,5", "1_0", "\xb2", "close", "chunked", "localhost", "https", "on", "100-continue"]
    ),
    st.from_regex(r"[ -~]{0,12}", fullmatch=True),
    odd,
)
fields = st.builds("{}{}:{}{}{}{}".format, names, st.sampled_from([""] * 9 + [" "]), blanks, values, blanks, ends)
requests = st.builds(
    lambda method, target, version, end, lines, last, body: (
        f"{method} {target} {version}{end}{''.join(lines)}{last}{body}".encode("latin-1")
    ),
    methods, targets, versions, ends, st.lists(fields, max_size=6), ends, st.text("a\r\n:", max_size=8),
)  # fmt: skip


@settings(max_examples=3_000, deadline=None)
@given(requests, st.sampled_from(sorted(PEERS)))
@example(b"GET / HTTP/1.1\r\nX\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: on\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX-Forwarded-Proto: HTTPS\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\n\r\n", "203.0.113.9")
@example(b"GET / HTTP/1.1\r\nContent-Length:0\r\nHost:\x85Transfer-Encoding:\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX: y\rZ: w\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX: y\nZ: w\r\n\r\n", "127.0.0.1")
@example(b"GET / HTTP/1.1\r\nX: \xa0y\x85\r\n\r\n", "127.0.0.1")
@example(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "127.0.0.1")
def test_a_plain_request_is_the_same_as_for_gunicorn(data: bytes, peer: str) -> None:
    plain = parse(data, PEERS[peer])
    if plain is None:
        return
    head = data[: plain.body].upper()  # what follows is the next one's
    assert not any(name in head for name in (b"\nTRANSFER-ENCODING:", b"\nEXPECT:", b"\nUPGRADE:"))
    body = data[plain.body : plain.end].ljust(plain.end - plain.body, b".")
    expected = of_gunicorn(data[: plain.body] + body + b"GET /next HTTP/1.1\r\n\r\n", peer)
    assert expected is not None
    environ, read = expected
    own = {name: value for name, value in environ.items() if name in plain.environ or name.startswith("HTTP_")}
    assert (own, read) == (plain.environ, body)
    assert set(environ) - set(plain.environ) <= OF_THE_CONNECTION | {
        "wsgi.version", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once", "wsgi.input_terminated",
        "wsgi.url_scheme", "SERVER_SOFTWARE", "SERVER_PROTOCOL", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME",
        "REMOTE_ADDR", "REMOTE_PORT",
    }  # fmt: skip
    assert (environ["SERVER_PROTOCOL"], environ["SCRIPT_NAME"]) == ("HTTP/1.1", "")
    assert environ["wsgi.url_scheme"] == plain.environ.get("wsgi.url_scheme", "http")


@given(st.lists(st.sampled_from(["Accept: */*", "User-Agent: curl/8", "Cookie: a=b; c=d", "X-A: \xff\t"]), unique=True))
def test_requests_of_programs_and_browsers_are_plain(lines: list[str]) -> None:
    head = "\r\n".join(["POST /v1/jobs?a=b%20c HTTP/1.1", "Host: a", "Content-Length: 2", *lines, "", ""])
    plain = parse(head.encode("latin-1") + b"{}GET", {})
    assert plain is not None
    assert (plain.body, plain.end) == (len(head), len(head) + 2)


def test_larger_requests_are_not_plain() -> None:
    line, end = b"POST /a HTTP/1.1\r\n", b"\r\n\r\n"
    assert parse(line + b"Content-Length: %d" % BODY_BYTES + end, {})
    assert not parse(line + b"Content-Length: %d" % (BODY_BYTES + 1) + end, {})
    assert parse(line + b"X: " + b"y" * (HEAD_BYTES - len(line) - 3 - len(end)) + end, {})
    assert not parse(line + b"X: " + b"y" * (HEAD_BYTES - len(line) - 3 - len(end) + 1) + end, {})
    assert not parse(line, {})
