"""The worker's shortcut and gunicorn's own code: the same bytes in give the same bytes out, however they come."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.echo_server import END, FIVE, GET, POST, STOCK, USHERS, EchoServer, H, answers
from tests.integration.real_server import received

Servers = tuple[EchoServer, EchoServer]
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + H + END

REQUESTS = {
    "get": GET + END,
    "post": POST + FIVE + b"Content-Type: text/plain\r\n\r\nhello",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "pipelined": GET + END + POST + FIVE + b"\r\nhello" + GET + END,
    "plain, chunked, plain": GET + END + POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" + GET + END,
    "many": (GET + END) * 200,
    "closes": GET + b"Connection: close\r\n\r\n" + GET + END,
    "closes, in capitals": GET + b"Connection: CLOSE\r\n\r\n" + GET + END,
    "keeps": GET + b"Connection: keep-alive\r\n\r\n" + GET + END,
    "connection twice": GET + b"Connection: keep-alive\r\nConnection: close\r\n\r\n" + GET + END,
    "head": b"HEAD /a HTTP/1.1\r\n" + H + END + GET + END,
    "options": b"OPTIONS * HTTP/1.1\r\n" + H + END,
    "own method": b"PURGE /a HTTP/1.1\r\n" + H + END,
    "small method": b"get /a HTTP/1.1\r\n" + H + END,
    "connect": b"CONNECT localhost:80 HTTP/1.1\r\n" + H + END + GET + END,
    "1.0": b"GET /a HTTP/1.0\r\n\r\n" + GET + END,
    "1.0 kept": b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET + END,
    "1.2": b"GET /a HTTP/1.2\r\n" + H + END,
    "2.0": b"GET /a HTTP/2.0\r\n" + H + END,
    "preface of http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "absolute": b"GET http://other.example/a?b HTTP/1.1\r\n" + H + END,
    "absolute https": b"GET https://u@other.example:8/ HTTP/1.1\r\n" + H + END,
    "two slashes": b"GET //evil.example/a HTTP/1.1\r\n" + H + END,
    "fragment": b"GET /a#b?c HTTP/1.1\r\n" + H + END,
    "fragment in query": b"GET /a?b#c HTTP/1.1\r\n" + H + END,
    "escaped": b"GET /%41%2f%00%ff%zz;p=1/../[x]?%41=%%;&?/ HTTP/1.1\r\n" + H + END,
    "query alone": b"GET ?a HTTP/1.1\r\n" + H + END,
    "empty query": b"GET /a? HTTP/1.1\r\n" + H + END,
    "not ascii": b"GET /\xc3\xa4 HTTP/1.1\r\n" + H + END,
    "tab in target": b"GET /a\tb HTTP/1.1\r\n" + H + END,
    "two spaces": b"GET  /a HTTP/1.1\r\n" + H + END,
    "space at the end": b"GET /a HTTP/1.1 \r\n" + H + END,
    "leading line": b"\r\n" + GET + END,
    "two leading lines": b"\r\n\r\n" + GET + END,
    "chunked": POST + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-T: 1\r\n\r\n" + GET + END,
    "expect": POST + FIVE + b"Expect: 100-continue\r\n\r\nhello" + GET + END,
    "expect more": POST + FIVE + b"Expect: more\r\n\r\nhello",
    "upgrade": GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "upgrade to h2c": GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
    "length and chunked": POST + FIVE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\n" + FIVE + b"\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": POST + FIVE + b"Content-Length: 0\r\n\r\n" + SMUGGLED,
    "the same length twice": POST + FIVE + FIVE + b"\r\nhello",
    "list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "length with sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "length with blanks": POST + b"Content-Length: \t 5 \t\r\n\r\nhello",
    "length with zeros": POST + b"Content-Length: 005\r\n\r\nhello",
    "length in other digits": POST + b"Content-Length: \xb2\r\n\r\nhello",
    "length in hex": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "length with underscore": POST + b"Content-Length: 1_0\r\n\r\nhello",
    "empty length": POST + b"Content-Length:\r\n\r\n" + SMUGGLED,
    "huge length": POST + b"Content-Length: 99999999999999999999\r\n\r\nhello",
    "name of length with underscore": POST + b"Content_Length: 5\r\n\r\n" + SMUGGLED,
    "te with tab": POST + FIVE + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te with space before colon": POST + FIVE + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te with vt": POST + FIVE + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + SMUGGLED,
    "te xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te identity": POST + b"Transfer-Encoding: identity\r\n\r\n" + SMUGGLED,
    "te twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te folded": POST + FIVE + b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te in a value": POST + FIVE + b"X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te after cr": POST + FIVE + b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "te with underscore": POST + FIVE + b"Transfer_Encoding: chunked\r\n\r\nhello",
    "body of a get": GET + FIVE + b"\r\nhello" + GET + END,
    "request as body": POST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED + GET + END,
    "unread body": b"POST /unread HTTP/1.1\r\n" + H + FIVE + b"\r\nhello" + GET + END,
    "body cut off": POST + FIVE + b"\r\nhel",
    "head cut off": GET + b"X: y",
    "line cut off": b"GET /a HT",
    "bare lf": b"GET /a HTTP/1.1\nHost: localhost\n\n",
    "bare lf at the end": GET + b"\n",
    "bare lf in head": GET + b"X: y\nZ: w\r\n\r\n",
    "bare cr": GET + b"X: y\rz\r\n\r\n",
    "cr cr lf": GET + b"X: y\r\r\n\r\n",
    "nul in value": GET + b"X: a\x00b\r\n\r\n",
    "nul in name": GET + b"X\x00: ab\r\n\r\n",
    "nul in line": b"GET /\x00 HTTP/1.1\r\n" + H + END,
    "del": GET + b"X: a\x7fb\r\n\r\n",
    "tab in value": GET + b"X: a\tb\r\n\r\n",
    "obs-text": GET + b"X: \x80\x85\xa0\xff\r\n\r\n",
    "empty value": GET + b"X:\r\nY: \r\n\r\n",
    "no colon": GET + b"X\r\n\r\n",
    "no name": GET + b": x\r\n\r\n",
    "space before colon": GET + b"X : y\r\n\r\n",
    "space before name": b"GET /a HTTP/1.1\r\n X: y\r\n" + H + END,
    "folded": GET + b"X: y\r\n z\r\n\r\n",
    "underscore": GET + b"X_B: y\r\n\r\n",
    "underscore beside dash": GET + b"X-B: y\r\nX_B: z\r\n\r\n",
    "script name": GET + b"SCRIPT_NAME: /a\r\n\r\n",
    "other tokens in name": GET + b"X.!#$%&'*+^`|~: y\r\n\r\n",
    "name not ascii": GET + b"X\xdf: y\r\n\r\n",
    "long name": GET + b"X" * 70 + b": y\r\n\r\n",
    "header twice": GET + b"X-A: 1\r\nX-B: 2\r\nX-A: 3\r\n\r\n",
    "host twice": GET + H + END,
    "type twice": GET + b"Content-Type: a/b\r\nContent-Type: a/c\r\n\r\n",
    "forwarded": GET + b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    "forwarded in two ways": GET + b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n",
    "proxy": GET + b"Proxy: http://evil.example\r\nTE: trailers\r\nTrailer: X\r\n\r\n",
    "proxy protocol": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GET + END,
    "100 headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(100)) + END,
    "101 headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(101)) + END,
    "line of 4094": b"GET /" + b"a" * (4094 - 14) + b" HTTP/1.1\r\n" + H + END,
    "line of 4095": b"GET /" + b"a" * (4095 - 14) + b" HTTP/1.1\r\n" + H + END,
    "header of 8190": GET + b"X: " + b"y" * (8190 - 5) + b"\r\n\r\n",
    "header of 8191": GET + b"X: " + b"y" * (8191 - 5) + b"\r\n\r\n",
    "large head": GET + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(20)) + END,
    "endless head": GET + b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 500,
    "body of 65536": POST + b"Content-Length: 65536\r\n\r\n" + b"y" * 65_536 + GET + END,
    "body of 200000": POST + b"Content-Length: 200000\r\n\r\n" + b"y" * 200_000 + GET + END,
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "nothing": b"",
    "lines": b"\r\n" * 5,
    **{f"answer: {path}": b"GET /" + path.encode() + b" HTTP/1.1\r\n" + H + END + GET + END
       for path in ("stream", "late", "written", "file", "injected", "hops", "short", "nothing", "twice", "fails",
                    "breaks")},
    **{f"head: {path}": b"HEAD /" + path.encode() + b" HTTP/1.1\r\n" + H + END + GET + END
       for path in ("stream", "late", "file", "short", "nothing")},
}  # fmt: skip


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = Path(tmp_path_factory.mktemp("echo"))
    made = EchoServer(STOCK, folder / "stock"), EchoServer(USHERS, folder / "ushers")
    yield made
    for one in made:
        one.stop()


@pytest.mark.parametrize("name", REQUESTS)
def test_the_answers_are_those_of_gunicorn(servers: Servers, name: str) -> None:
    expected, found = (answers(one.send(REQUESTS[name], end=True)) for one in servers)
    assert found == expected


@pytest.mark.parametrize("name", [name for name, data in REQUESTS.items() if 0 < len(data) < 1_000])
def test_the_same_when_every_byte_comes_alone(servers: Servers, name: str) -> None:
    expected = answers(servers[0].send(REQUESTS[name], end=True))
    assert answers(servers[1].send_bytewise(REQUESTS[name])) == expected


def test_no_smuggled_request_is_answered(servers: Servers) -> None:
    for name, data in REQUESTS.items():
        if data.endswith(SMUGGLED) and name != "name of length with underscore":  # as if it were not there
            assert b"/smuggled" not in servers[1].send(data, end=True), name


def test_an_answer_is_complete_before_the_caller_says_that_it_is_done(servers: Servers) -> None:
    with socket.create_connection(("127.0.0.1", servers[1].port), timeout=10) as connection:
        for size in (1, 5, 65_536):
            connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % size)
            connection.sendall(b"y" * size)
            data = b""
            while not data.endswith(b'"wsgi.version": [1, 0]}'):
                data += connection.recv(65_536)
            assert b"y" * size + b'"' in data


@pytest.mark.parametrize(
    ("arguments", "request_bytes", "status"),
    [
        (["--limit-request-line", "25"], b"GET /too/long/a/line HTTP/1.1\r\n" + H + END, 400),
        (["--limit-request-fields", "2"], GET + b"X: y\r\nY: z\r\n\r\n", 400),
        (["--limit-request-field_size", "22"], GET + b"X: yyyyyyyyyyyyyyyyyyyyyyy\r\n\r\n", 400),
        (["--proxy-protocol", "auto"], b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GET + END, 200),
        (["--keep-alive", "0"], GET + END, 200),
        (["--env", "SCRIPT_NAME=/h"], b"GET /ha HTTP/1.1\r\n" + H + END, 200),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_settings_of_gunicorn_take_effect(
    tmp_path: Path, arguments: list[str], request_bytes: bytes, status: int
) -> None:
    made = [EchoServer(worker, tmp_path / worker, *arguments) for worker in (STOCK, USHERS)]
    try:
        expected, found = (answers(one.send(request_bytes, end=True)) for one in made)
        assert found == expected
        assert found[0][0] == status
    finally:
        for one in made:
            one.stop()


def test_the_application_learns_where_it_is_and_who_calls(servers: Servers) -> None:
    with socket.create_connection(("127.0.0.1", servers[1].port), timeout=10) as connection:
        own = connection.getsockname()
        connection.sendall(b"GET /where HTTP/1.1\r\n" + H + END)
        connection.shutdown(socket.SHUT_WR)
        seen = json.loads(answers(received(connection))[0][2])
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("127.0.0.1", str(servers[1].port))
    assert (seen["REMOTE_ADDR"], seen["REMOTE_PORT"]) == (own[0], str(own[1]))
