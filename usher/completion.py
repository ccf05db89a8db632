"""Shell completion: the command that prints its script, and the answers that the script asks for."""

import os

import click
from click.shell_completion import get_completion_class, shell_complete

SHELLS = ("bash", "zsh", "fish")
ASKED = "_USHER_COMPLETE"  # the script sets it


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script by which SHELL completes `usher`: source it in the shell's start file."""
    context = click.get_current_context().find_root()
    found = get_completion_class(shell)
    assert found is not None, "click knows the three"
    click.echo(found(context.command, {}, "usher", ASKED).source())


def complete(commands: click.Command) -> int | None:
    """Answer a shell that completes a line: the exit code. None: no shell asks."""
    asked = os.environ.get(ASKED)  # noqa: TID251 the protocol of the shell, no setting
    return shell_complete(commands, {}, "usher", ASKED, asked) if asked else None
