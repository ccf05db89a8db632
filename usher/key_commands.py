"""The commands `usher key ...`: API keys, made, bounded and ended where the settings of the server are."""

import time
from typing import TYPE_CHECKING

import click

from usher.audit_command import noted
from usher.terminal import AS_JSON, echo_json, in_sentences, moment, table

if TYPE_CHECKING:
    from tasks_app.access import ApiKey, KeyStore

ROLES = ("viewer", "client", "box_office", "operator", "admin")  # a test compares; to import them takes 0.5 s


RATE = click.option("--rate", help="How many requests, as 100/s or 600/m; none = any number; default = USHER_RATE.")
STREAMS = click.option("--streams", help="How many streams at once; none = any number; default = USHER_STREAMS.")


@click.group()
def key() -> None:
    """Make, list, limit, rotate and revoke API keys.

    As soon as a key was made, every request needs one.
    """


def _store() -> "KeyStore":
    from tasks_app.program import own_usher

    return own_usher().api_keys


@key.command()
@click.argument("owner")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="What it may do.")
@click.option("--scope", "scopes", multiple=True, help="show:ID, product:ID, type:TYPE, channel:NAME: nothing else.")
@click.option("--expires-days", type=click.FloatRange(min=0, min_open=True, max=36_500), help="How long it is valid.")
@RATE
@STREAMS
@AS_JSON
@in_sentences
def create(
    owner: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    expires_days: float | None,
    rate: str | None,
    streams: str | None,
    as_json: bool,
) -> None:
    """Make a key for OWNER and print it, this once.

    What one key of an owner made belongs to all keys of that owner.
    """
    from tasks_app.access import ApiKey, Role

    expires_ms = None if expires_days is None else int((time.time() + expires_days * 86_400) * 1000)
    bounds = (_given(rate) or "", _given(streams) or "")
    token, made = ApiKey.issue(owner, tuple(Role(role) for role in roles), scopes, expires_ms, *bounds)
    with noted("usher key create", f"key:{made.id}"):
        _store().add(made)
    _print_new(token, made, as_json)


@key.command("list")
@AS_JSON
@in_sentences
def list_keys(as_json: bool) -> None:
    """List the keys; those that are over as well, for 30 days."""
    found = _store().listed()
    if as_json:
        echo_json([one.to_json() for one in found])
        return
    if not found:
        click.echo("There are no keys.")
        return
    rows = [
        (
            *(one.id, one.owner, str(one.to_json()["state"]), ",".join(one.roles), ",".join(one.scopes) or "all"),
            *(one.rate or "default", one.streams or "default"),
            *(moment(one.expires_ms, "never"), moment(one.used_ms, "never")),
        )
        for one in found
    ]
    click.echo(table(("ID", "OWNER", "STATE", "ROLES", "SCOPES", "RATE", "STREAMS", "EXPIRES", "LAST USED"), rows))


@key.command()
@click.argument("key_id", metavar="ID")
@RATE
@STREAMS
@AS_JSON
@in_sentences
def limit(key_id: str, rate: str | None, streams: str | None, as_json: bool) -> None:
    """Change how fast requests with a key may come, and how many streams it may have open.

    Every process knows it within a second. What is not given stays as it is.
    """
    if rate is None and streams is None:
        raise click.UsageError("give --rate, --streams or both")
    bounds = {"rate": _given(rate), "streams": _given(streams)}
    said = [f"{name}:{value or 'default'}" for name, value in bounds.items() if value is not None]
    with noted("usher key limit", f"key:{key_id}", *said):
        made = _store().limit(key_id, bounds["rate"], bounds["streams"])
    if as_json:
        echo_json(made.to_json())
        return
    rate_told, streams_told = made.rate or "as USHER_RATE says", made.streams or "as USHER_STREAMS says"
    click.echo(f"The key {made.id} of {made.owner} has the rate {rate_told}, and streams {streams_told}.")


@key.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap-seconds", type=click.FloatRange(0, 2_592_000), default=0, help="How long the old key stays valid."
)
@AS_JSON
@in_sentences
def rotate(key_id: str, overlap_seconds: float, as_json: bool) -> None:
    """Make a key that may do the same as ID, and end ID."""
    with noted("usher key rotate", f"key:{key_id}") as changed:
        token, made = _store().rotate(key_id, overlap_seconds)
        changed.append(f"key:{made.id}")
    _print_new(token, made, as_json)


@key.command()
@click.argument("key_id", metavar="ID")
@in_sentences
def revoke(key_id: str) -> None:
    """End a key: every process refuses it within a second."""
    with noted("usher key revoke", f"key:{key_id}"):
        made = _store().revoke(key_id)
    click.echo(f"The key {made.id} of {made.owner} is revoked.")


@key.command(hidden=True)
@in_sentences
def check() -> None:
    """Refuse to serve other machines while nobody has a key."""
    from tasks_app.program import own_usher

    host = own_usher().settings.host
    if not any(one.is_valid(int(time.time() * 1000)) for one in _store().listed()):
        raise click.ClickException(
            f"HOST={host} is reached from other machines, and there is no API key:"
            " make one first, `usher key create NAME --role admin`"
        )


def _given(bound: str | None) -> str | None:
    return "" if bound == "default" else bound


def _print_new(token: str, made: "ApiKey", as_json: bool) -> None:
    if as_json:
        echo_json({**made.to_json(), "key": token})
        return
    click.echo(f"The key {made.id} of {made.owner}; nobody can read it again:", err=True)
    click.echo(token)
