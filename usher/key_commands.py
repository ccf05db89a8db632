"""The commands `usher key ...`: API keys, made and ended where the settings of the server are."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tasks_app.access import ApiKey, KeyStore

ROLES = ("viewer", "client", "box_office", "operator", "admin")  # a test compares; to import them takes 0.5 s
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def key() -> None:
    """Make, list, rotate and revoke API keys.

    As soon as a key was made, every request needs one.
    """


def _clean(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose errors are sentences."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from tasks_app.errors import UsherError

        try:
            command(*arguments, **options)
        except (UsherError, ValueError) as error:
            raise click.ClickException(str(error)) from None

    return run


def _store() -> "KeyStore":
    from tasks_app.program import own_usher

    return own_usher().api_keys


@key.command()
@click.argument("owner")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="What it may do.")
@click.option("--scope", "scopes", multiple=True, help="show:ID, product:ID, type:TYPE, channel:NAME: nothing else.")
@click.option("--expires-days", type=click.FloatRange(min=0, min_open=True, max=36_500), help="How long it is valid.")
@AS_JSON
@_clean
def create(
    owner: str, roles: tuple[str, ...], scopes: tuple[str, ...], expires_days: float | None, as_json: bool
) -> None:
    """Make a key for OWNER and print it, this once.

    What one key of an owner made belongs to all keys of that owner.
    """
    from tasks_app.access import ApiKey, Role

    expires_ms = None if expires_days is None else int((time.time() + expires_days * 86_400) * 1000)
    token, made = ApiKey.issue(owner, tuple(Role(role) for role in roles), scopes, expires_ms)
    _store().add(made)
    _print_new(token, made, as_json)


@key.command("list")
@AS_JSON
@_clean
def list_keys(as_json: bool) -> None:
    """List the keys; those that are over as well, for 30 days."""
    found = _store().listed()
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found], indent=2))
        return
    if not found:
        click.echo("There are no keys.")
        return
    rows = [("ID", "OWNER", "STATE", "ROLES", "SCOPES", "EXPIRES", "LAST USED")]
    for one in found:
        fields = one.to_json()
        moments = (_day(one.expires_ms, "never"), _day(one.used_ms, "never"))
        rows.append((one.id, one.owner, fields["state"], ",".join(one.roles), ",".join(one.scopes) or "all", *moments))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@key.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap-seconds", type=click.FloatRange(0, 2_592_000), default=0, help="How long the old key stays valid."
)
@AS_JSON
@_clean
def rotate(key_id: str, overlap_seconds: float, as_json: bool) -> None:
    """Make a key that may do the same as ID, and end ID."""
    _print_new(*_store().rotate(key_id, overlap_seconds), as_json)


@key.command()
@click.argument("key_id", metavar="ID")
@_clean
def revoke(key_id: str) -> None:
    """End a key: every process refuses it within a second."""
    made = _store().revoke(key_id)
    click.echo(f"The key {made.id} of {made.owner} is revoked.")


@key.command(hidden=True)
@_clean
def check() -> None:
    """Refuse to serve other machines while nobody has a key."""
    from tasks_app.program import own_usher

    host = own_usher().settings.host
    if not any(one.is_valid(int(time.time() * 1000)) for one in _store().listed()):
        raise click.ClickException(
            f"HOST={host} is reached from other machines, and there is no API key:"
            " make one first, `usher key create NAME --role admin`"
        )


def _print_new(token: str, made: "ApiKey", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**made.to_json(), "key": token}, indent=2))
        return
    click.echo(f"The key {made.id} of {made.owner}; nobody can read it again:", err=True)
    click.echo(token)


def _day(moment_ms: int | None, never: str) -> str:
    return never if moment_ms is None else datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y-%m-%d %H:%MZ")
