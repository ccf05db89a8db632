"""Addresses of Redis servers and clusters: what is valid, what output may show, and how Celery writes them."""

import ssl
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

SCHEMES = ("redis", "rediss", "unix")
CLUSTER = "+cluster"  # follows redis or rediss
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")  # file paths; the names are redis-py's
DEFAULT_PORT = 6379

BEGINNING = "must begin with redis://, rediss:// (TLS), unix:// (a socket) or redis+cluster://"
UNREADABLE = "cannot be read: in a name or a password write # as %23, / as %2F, ? as %3F, @ as %40, % as %25 and so on"
DATABASE = "must end in the number of a database, as in redis://host:6379/0 or unix:///path?db=0"
SINGLE = "must name one server, or a cluster as redis+cluster://host:port,host:port; Sentinel is not supported"
ONE_DATABASE = "names a database of a cluster, which has only one: leave the number out"
VERIFIED = "turns off the check of the server's certificate, which is always made: name its authority by ssl_ca_certs"


@dataclass(frozen=True, slots=True)
class Server:
    """One database of one server, with `host` or `socket`; or a cluster, given by some of its nodes."""

    host: str
    port: int
    socket: str
    database: int
    username: str = field(repr=False)
    password: str = field(repr=False)
    secure: bool
    files: tuple[tuple[str, str], ...]  # the TLS_FILES that the URL gives
    is_cluster: bool = False
    others: tuple[tuple[str, int], ...] = ()  # for a cluster: host and port of the other nodes

    @property
    def shown(self) -> str:
        """The address that anybody may see: without name, password and files."""
        return self._written("", {})

    @property
    def url(self) -> str:
        """The URL for redis-py."""
        return self._written(self._credentials(), dict(self.files))

    @property
    def celery_url(self) -> str:
        """The URL for Celery; TLS is given separately, in `celery_tls`."""
        if self.socket:
            credentials = self._credentials()
            return f"redis+socket://{credentials}{quote(self.socket)}?virtual_host={self.database}"
        return self._written(self._credentials(), {})

    @property
    def celery_tls(self) -> dict[str, Any] | None:
        """Celery's `broker_use_ssl`: without it, Celery would accept any certificate (kombu's default)."""
        if not self.secure:
            return None
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, **dict(self.files)}

    def nodes(self) -> list[tuple[str, int]]:
        """Host and port of the nodes that the cluster's URL names."""
        return [(self.host, self.port), *self.others]

    def node(self, host: str, port: int) -> "Server":
        """A node of this cluster, with its credentials and files."""
        return replace(self, host=host, port=port, is_cluster=False, others=())

    def next_database(self) -> "Server":
        """The next database on the same server."""
        return replace(self, database=self.database + 1)

    def place(self) -> tuple[str, int, str, int]:
        """The same value for all spellings of one database's address."""
        host = "127.0.0.1" if self.host in ("localhost", "::1") else self.host
        return host, self.port, self.socket, self.database

    def _credentials(self) -> str:
        if not self.username and not self.password:
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"

    def _written(self, credentials: str, query: dict[str, str]) -> str:
        if self.socket:
            return f"unix://{credentials}{quote(self.socket)}?{urlencode({'db': self.database, **query})}"
        hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.nodes())
        scheme = "redis" + "s" * self.secure + CLUSTER * self.is_cluster
        path = "" if self.is_cluster else f"/{self.database}"
        tail = f"?{urlencode(query)}" if query else ""
        return f"{scheme}://{credentials}{hosts}{path}{tail}"


def is_cluster(url: str) -> bool:
    """Is this the address of a cluster? `url` must be valid for `parse`."""
    return url.partition("://")[0].endswith(CLUSTER)


def parse(url: str) -> Server:
    """
    The server at `url`: `redis://[name:password@]host[:port][/database]`, `rediss://` with TLS and the query arguments
    of TLS_FILES, or `unix://[name:password@]/path[?db=database]`. For a cluster, some of its nodes:
    `redis+cluster://[name:password@]host[:port][,host[:port]...]`, `rediss+cluster://` likewise.

    Raises ValueError; its text ends a sentence that begins with the variable's name, and shows nothing of the URL.
    """
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme in (f"redis{CLUSTER}", f"rediss{CLUSTER}") and url.count("://") == 1:
        return _cluster(scheme.removesuffix(CLUSTER), url.partition("://")[2])
    if "sentinel" in scheme or "cluster" in scheme or url.count("://") > 1:
        raise ValueError(SINGLE)
    if scheme not in SCHEMES:
        raise ValueError(BEGINNING)
    if any(not character.isprintable() or character.isspace() for character in url):
        raise ValueError("has a blank, a newline or another character that no URL has")
    is_socket = scheme == "unix"
    if not is_socket and "," in url.rpartition("@")[2].removeprefix(f"{scheme}://").partition("/")[0]:
        raise ValueError(SINGLE)
    parts, port = _split(url)
    userinfo, _, address = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(query)
    if len(options) != len(query):
        raise ValueError("names the same option twice after its ?")
    if is_socket and (address or not parts.path.strip("/")):
        raise ValueError("must name the socket by its whole path, as in unix:///run/redis.sock?db=0")
    if not is_socket and not parts.hostname:
        raise ValueError("names no host, as redis://host:6379/0 does")
    database = _database(options.pop("db", None), None if is_socket else parts.path.strip("/"))
    return Server(
        host=parts.hostname or "",
        port=0 if is_socket else port or DEFAULT_PORT,
        socket=unquote(parts.path) if is_socket else "",
        database=database,
        username=unquote(username),
        password=unquote(password),
        secure=scheme == "rediss",
        files=_files(options, secure=scheme == "rediss"),
    )


def _cluster(scheme: str, rest: str) -> Server:
    end = min(rest.find(sign) for sign in "/?#" if sign in rest) if set("/?#") & set(rest) else len(rest)
    userinfo, at, hosts = rest[:end].rpartition("@")
    first, *others = hosts.split(",")
    server = parse(f"{scheme}://{userinfo}{at}{first}{rest[end:]}")
    if server.database:
        raise ValueError(ONE_DATABASE)
    further = [parse(f"redis://{host}") for host in others]
    return replace(server, is_cluster=True, others=tuple((one.host, one.port) for one in further))


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(UNREADABLE) from None
    # An @ after the host means that the password contains a character at which the parser ended the host.
    if parts.fragment or "#" in url or "@" in parts.path + parts.query or port == 0:
        raise ValueError(UNREADABLE)
    return parts, port


def _database(option: str | None, path: str | None) -> int:
    given = {value for value in (option, path) if value}
    if len(given) > 1:
        raise ValueError("names two databases, one in its path and one as ?db=: leave one out")
    number = given.pop() if given else "0"
    if not (number.isascii() and number.isdecimal() and len(number) < 6):
        raise ValueError(DATABASE)
    return int(number)


def _files(options: dict[str, str], secure: bool) -> tuple[tuple[str, str], ...]:
    if options.pop("ssl_cert_reqs", "required") != "required":
        raise ValueError(VERIFIED)
    if options.pop("ssl_check_hostname", "true").lower() not in ("true", "yes", "1"):
        raise ValueError(VERIFIED)
    if set(options) - set(TLS_FILES):  # the message does not show it: it may be the rest of a password
        raise ValueError(f"has an option after its ? that is none of db, {', '.join(TLS_FILES)}")
    if options and not secure:
        raise ValueError("names files for TLS, so it must begin with rediss://")
    if "ssl_keyfile" in options and "ssl_certfile" not in options:
        raise ValueError("names ssl_keyfile, the key of a client's certificate, without ssl_certfile")
    return tuple(sorted(options.items()))
