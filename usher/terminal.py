"""What commands print: tables, moments, colours; and their errors, as sentences."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def in_sentences(command: Callable[P, R]) -> Callable[P, R]:
    """The command, whose errors are sentences."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        from tasks_app.errors import UsherError

        try:
            return command(*arguments, **options)
        except (UsherError, ValueError, OSError) as error:
            from tasks_app.text import lines

            raise click.ClickException(lines(str(error))) from None

    return run


def echo_json(value: Any) -> None:
    """JSON for programs, indented for people who look at it too."""
    from tasks_app.text import json_lines

    click.echo(json_lines(json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False)))


def say(*told: str) -> None:
    """Lines for people, each of which stays one: what callers and handlers wrote steers no terminal."""
    from tasks_app.text import one_line

    click.echo("\n".join(map(one_line, told)))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """
    Lines with the columns below each other. The last column is cut where the terminal ends (`width`); where there is no
    terminal, nothing is cut. A cell is one line, whatever it holds.
    """
    from tasks_app.text import one_line

    cells = [head, *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
    return "\n".join(line if width is None or len(line) <= width else f"{line[: width - 1]}…" for line in lines)


def columns() -> int | None:
    """How many characters a line may have; None where the output is no terminal."""
    import shutil
    import sys

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def moment(moment_ms: int | None, otherwise: str = "-") -> str:
    """`2026-11-28 14:03:05Z`, in UTC."""
    if moment_ms is None:
        return otherwise
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
