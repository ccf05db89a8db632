"""Checks the servers that the user names, before a start: each must be one that loses nothing."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redis

from ops.errors import StartError
from tasks_app.configuration import Server, Settings, parse
from tasks_app.state import ClusterClient, LayoutRefusal, connect, keys

PATIENCE_SECONDS = 3.0
OLDEST = 7  # the first whose scripts can say that they run in any memory (tasks_app/lua/job_scripts.py)
STATE, BROKER = "REDIS_URL", "BROKER_URL"
SECOND = "BROKER_URL (the database after REDIS_URL's, since it is not set)"


def check_given_servers(settings: Settings) -> Iterator[str]:
    """
    Check that the user's own servers answer, take writes and will not evict; yields warnings.

    Raises StartError, which shows no name and no password.
    """
    state, broker = parse(settings.redis_url), parse(settings.broker_url)
    if state.place() == broker.place():
        raise StartError("REDIS_URL and BROKER_URL name the same database: give each its own.")
    if settings.redis_url_given:
        yield from _check(STATE, state, keeps=True)
        if not settings.broker_url_given:
            yield from _check(SECOND, broker, keeps=False)
    if settings.broker_url_given:
        yield from _check(BROKER, broker, keeps=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server says about itself; "" and None if a provider forbids the question."""

    where: str
    kind: str  # standalone, cluster or sentinel
    role: str
    version: str
    policy: str | None
    appendonly: str | None


def _check(variable: str, server: Server, keeps: bool) -> Iterator[str]:
    """Check that the server or cluster will do; with `keeps`, its data must also survive its restart."""
    where = f"{variable} is {server.shown}"
    try:
        with connect(server.url, PATIENCE_SECONDS) as client:
            client.ping()
            if isinstance(client, ClusterClient):
                client.exists(keys.layout())  # a cluster that is down refuses this
                nodes = client.primaries().items()
                found = [_seen(f"{variable} has {host}:{port}", node) for (host, port), node in nodes]
            else:
                found = [_seen(where, client)]
    except LayoutRefusal as error:
        raise StartError(str(error)) from None
    except (redis.RedisError, OSError, ValueError, TypeError) as error:
        raise StartError(f"{where}, {trouble(server, error)}.") from None
    if any(one.policy is None for one in found):
        yield f"{variable} does not show its settings; make sure that its maxmemory-policy is noeviction."
    for one in found:
        _judge(one, server.is_cluster, keeps)
        if keeps and one.appendonly == "no":
            yield f"{one.where}, whose appendonly is no: sales and queued jobs are lost when it ends; set it to yes."


def _judge(one: Seen, in_cluster: bool, keeps: bool) -> None:
    """Raises StartError for a server that will not do."""
    if one.kind == "sentinel":
        raise StartError(f"{one.where}, which is a Sentinel: name the server that it watches.")
    if one.kind == "cluster" and not in_cluster:
        wish = "begin it with redis+cluster:// or rediss+cluster://" if keeps else "name a server that is in no cluster"
        raise StartError(f"{one.where}, which is a node of a cluster: {wish}.")
    if one.role in ("slave", "replica"):
        raise StartError(f"{one.where}, which is a replica and takes no changes: name its primary.")
    if keeps and one.version.isdecimal() and int(one.version) < OLDEST:
        raise StartError(f"{one.where}, which has version {one.version}: Usher needs {OLDEST} or newer.")
    if one.policy not in (None, "noeviction"):
        raise StartError(
            f"{one.where}, whose maxmemory-policy is {one.policy}: set it to noeviction, since an evicted key is a lost"
            " job."
        )


def _seen(where: str, client: redis.Redis) -> Seen:
    about = _section(client, "server")
    return Seen(
        where=where,
        kind=str(about.get("redis_mode", "")),
        role=str(_section(client, "replication").get("role", "")),
        version=str(about.get("redis_version", "")).partition(".")[0],
        policy=_setting(client, "maxmemory-policy"),
        appendonly=_setting(client, "appendonly"),
    )


def trouble(server: Server, error: Exception) -> str:
    """What is wrong with the server, as the end of a sentence."""
    text = str(error).strip().rstrip(".") or type(error).__name__
    chain = f"{text} {error.__cause__ or ''} {error.__context__ or ''}"
    if isinstance(error, redis.AuthenticationError | redis.exceptions.AuthenticationWrongNumberOfArgsError) or any(
        word in text for word in ("NOAUTH", "WRONGPASS", "AUTH <password>")
    ):
        wish = "another name or password" if server.password else "a password: redis://:PASSWORD@host"
        return f"and the server there wants {wish}"
    if isinstance(error, redis.exceptions.NoPermissionError):
        return f"and the server there does not give this user the permissions: {text}"
    if isinstance(error, redis.BusyLoadingError):
        return "and the server there still reads its data: try again when it has"
    if isinstance(error, redis.exceptions.ClusterDownError):
        return f"and the cluster does not serve all of its hash slots: {text}"
    if isinstance(error, redis.InvalidResponse) or "Protocol" in text:
        return "and the server there is not Redis or Valkey"
    if "DB index is out of range" in text or "invalid DB index" in text:
        return f"and the server there has no database {server.database}"
    if "CERTIFICATE_VERIFY_FAILED" in chain:
        return (
            "and this machine does not trust its certificate; name your own certificate authority with"
            f" ?ssl_ca_certs=FILE ({_reason(error) or 'it was not verified'})"
        )
    if server.secure and ("SSL" in chain or isinstance(error, ssl.SSLError)):
        return f"and TLS with it fails: {text}"
    if server.secure and isinstance(error, OSError | redis.RedisError) and "No such file" in chain:
        return "and a file that it names for TLS cannot be read"
    return f"and no server answers there: {text}"


def _reason(error: Exception) -> str:
    """OpenSSL's own words about a certificate."""
    text = str(error)
    return text.partition("verify failed: ")[2].partition(" (_ssl")[0]


def _section(client: redis.Redis, name: str) -> dict[str, Any]:
    """What the server says about itself; nothing if a provider forbids the question."""
    try:
        return client.info(name)
    except redis.ResponseError:
        return {}


def _setting(client: redis.Redis, name: str) -> str | None:
    """A setting of the server; None if a provider forbids the question."""
    try:
        return client.config_get(name).get(name)
    except redis.ResponseError:
        return None
