"""The commands `usher archive`: what left the state, listed, checked and printed."""

from typing import TYPE_CHECKING

import click

from usher.terminal import AS_JSON, columns, echo_json, in_sentences, table

if TYPE_CHECKING:
    from tasks_app.archive import Archive


@click.group()
def archive() -> None:
    """List, check and print the files of the archive (USHER_ARCHIVE)."""


def _opened() -> "Archive":
    from tasks_app.program import own_usher

    found = own_usher().archive
    if found is None:
        raise ValueError("there is no archive: USHER_ARCHIVE names none")
    return found


@archive.command("list")
@AS_JSON
@in_sentences
def list_files(as_json: bool) -> None:
    """List the files, the oldest first."""
    names = _opened().names()
    if as_json:
        echo_json(names)
        return
    for name in names:
        click.echo(name)


@archive.command()
@click.argument("files", nargs=-1)
@AS_JSON
@in_sentences
def verify(files: tuple[str, ...], as_json: bool) -> None:
    """Read FILES, by default all, and compare their checksums. The exit code is 1 if one is not as it was written."""
    kept = _opened()
    found = [kept.check(name) for name in files or kept.names()]
    if as_json:
        echo_json([{"name": one.name, "rows": one.rows, "bytes": one.bytes, "fault": one.fault} for one in found])
    else:
        rows = [(one.name, str(one.rows), one.fault or "good") for one in found]
        click.echo(table(("FILE", "ROWS", "STATE"), rows, columns()))
    if any(one.fault for one in found):
        click.get_current_context().exit(1)


@archive.command()
@click.argument("files", nargs=-1)
@in_sentences
def cat(files: tuple[str, ...]) -> None:
    """Print the rows of FILES, by default of all, a line of JSON each; what was written twice comes once."""
    from hashlib import blake2b

    kept, seen = _opened(), set[bytes]()
    for name in files or kept.names():
        for line in kept.lines(name):
            mark = blake2b(line.encode(), digest_size=16).digest()
            if mark not in seen:
                seen.add(mark)
                click.echo(line)
