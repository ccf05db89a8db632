"""The commands of `usher`. Each imports what it needs when it runs, since that reads the settings."""

import sys
from functools import partial
from pathlib import Path

import click

from usher import __version__
from usher.archive_commands import archive
from usher.audit_command import audit
from usher.bench_command import bench
from usher.bulk_command import bulk
from usher.completion import complete, completion
from usher.failures_command import failures
from usher.job_commands import cancel, jobs, replay
from usher.key_commands import key
from usher.pause_commands import pause, pauses, resume
from usher.sandbox_command import sandbox
from usher.show_command import show
from usher.tail_command import tail
from usher.top_command import top
from usher.worker_commands import workers

HOME = Path(__file__).resolve().parent.parent
ROOMS = ("usher", "ops", "api", "worker", "tasks_app", "celeryconfig")
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
NODE_HELP = "Its name for Celery, which no other worker may have; %h is this machine.  [default: {}-PID@%h]"


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="usher", message="%(prog)s %(version)s")
def commands() -> None:
    """Reserve scarce things and send notifications, through a queue.

    `usher up` starts all processes. Other commands are one process each, for a supervisor. Settings are environment
    variables; data and logs go to ./var, and modules named in USHER_HANDLERS are looked for in the current folder.
    """
    for room in ROOMS:
        for here in (Path(room, "__init__.py"), Path(f"{room}.py")):
            if here.exists() and here.resolve() != HOME / here:
                raise click.ClickException(f"{here} in this folder hides Usher's own package of that name: rename it.")


@commands.command()
@click.option("--snapshot", type=click.Path(path_type=Path), help="Begin with the data of this dump.rdb.")
@click.option("--procfile", type=click.Path(path_type=Path), help="Its processes, in place of ./Procfile or Usher's.")
@click.option("--root", type=click.Path(path_type=Path), default=".", help="Run in this folder.  [default: here]")
@click.option("--with-parent", is_flag=True, help="End when the process that started this ends.")
def up(snapshot: Path | None, procfile: Path | None, root: Path, with_parent: bool) -> int:
    """Start every process; Ctrl-C stops them.

    They are those of the Procfile in this folder, or Usher's own where there is none.
    """
    from ops.up import up as start

    return start(root, procfile, snapshot, with_parent)


@commands.command()
def web() -> None:
    """The API, at HOST and PORT."""
    from ops import programs

    programs.become(programs.web())


@commands.command()
@click.option("--concurrency", type=click.IntRange(1, 256), help="Processes.  [default: USHER_SELLER_CONCURRENCY]")
@click.option("--name", help=NODE_HELP.format("seller"))
def seller(concurrency: int | None, name: str | None) -> None:
    """Do only reservations."""
    from ops import programs
    from tasks_app.configuration import own_settings

    slots = concurrency or own_settings().seller_concurrency
    programs.become(programs.worker("seller", "reservations", "prefork", slots, name))


@commands.command()
@click.option("--concurrency", type=click.IntRange(1, 256), help="Processes.  [default: USHER_WORKER_CONCURRENCY]")
@click.option("--name", help=NODE_HELP.format("worker"))
def worker(concurrency: int | None, name: str | None) -> None:
    """Do jobs of your own types, as USHER_HANDLERS says."""
    from ops import programs
    from tasks_app.configuration import own_settings

    slots = concurrency or own_settings().worker_concurrency
    programs.become(programs.worker("worker", "jobs", "prefork", slots, name))


@commands.command()
@click.option("--threads", type=click.IntRange(1, 1_000), default=32, show_default=True, help="Jobs at a time.")
@click.option("--name", help=NODE_HELP.format("notifier"))
def notifier(threads: int, name: str | None) -> None:
    """Send notifications."""
    from ops import programs

    programs.become(programs.worker("notifier", "notifications", "threads", threads, name))


@commands.command()
def flower() -> None:
    """Flower, for the web process at FLOWER_HOST and FLOWER_PORT; people find it at /flower/ of the API."""
    from ops import programs
    from tasks_app.configuration import own_settings

    settings = own_settings()
    programs.become(programs.flower(settings.flower_host, settings.flower_port))


@commands.command()
def server() -> None:
    """The bundled Valkey, on the data in ./var/redis.

    It listens at REDIS_PORT of this machine, and its password is in ./var/redis-password.
    """
    from ops.server import serve

    serve()


@commands.command()
def snapshot() -> None:
    """Write the data of the running server to ./dump.rdb."""
    from ops.snapshot import FILE, save
    from tasks_app.configuration import own_settings

    save(own_settings().redis_url, Path(FILE).absolute())
    click.echo(f"The snapshot is in {FILE}.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> int:
    """Fill an empty database of your own server, REDIS_URL, with the snapshot FILE.

    Stop all of Usher first. For the bundled server: usher up --snapshot FILE.
    """
    from ops.restored import note_restored
    from ops.signals import Wish
    from ops.transfer import transfer
    from tasks_app.configuration import own_settings

    settings = own_settings()
    if not settings.redis_url_given:
        raise click.ClickException("REDIS_URL names no server; for the bundled one: usher up --snapshot FILE")
    done = transfer(file, settings.redis_url, Wish(None), partial(note_restored, settings, "usher restore", file))
    if done is None:
        click.echo("usher: Stopped. The database is of no use before `usher restore` has run to its end.", err=True)
        return 130
    click.echo(f"The database has the {done.keys} keys of {file} now, after {done.seconds:.1f} s.")
    return 0


@commands.command()
def repair() -> None:
    """Cut off the damaged end of the data in ./var/redis.

    Data after the damage are lost too; a copy of the file is kept.
    """
    from ops.repair import cut_off

    click.echo(f"usher: {cut_off()}")


@commands.command()
def migrate() -> int:
    """Bring the data to this release's layout.

    Every process does it by itself when it starts.
    """
    from ops.layout import bring_up

    return bring_up()


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def doctor(as_json: bool) -> int:
    """Look whether anything is wrong, and say what to do.

    It changes nothing. Exit code: 0 = all is well, 1 = warnings, 2 = errors. Run it in the folder with ./var, with the
    environment of the processes.
    """
    from ops import doctor as examination
    from tasks_app import doctor as telling
    from tasks_app.configuration import own_settings
    from tasks_app.text import encoded_leniently

    try:
        settings = own_settings()
    except SystemExit as wrong:
        print(wrong, file=sys.stderr)
        return 2
    report = examination.examine(settings)
    click.echo(encoded_leniently(telling.as_json(report)) if as_json else telling.as_text(report))
    return report.exit_code


for command in (
    *(key, audit, archive, show, jobs, failures, tail, top, workers, cancel, replay, bulk, pause, resume, pauses),
    *(sandbox, bench, completion),
):
    commands.add_command(command)


def run(arguments: list[str]) -> int:
    """Run the given command. Returns the exit code, as `main` does. Raises KeyboardInterrupt after Ctrl-C."""
    from ops.errors import SnapshotError, StartError

    if (ended := complete(commands)) is not None:
        return ended
    try:
        with commands.make_context("usher", list(arguments)) as context:  # `main` would print a line after Ctrl-C
            return commands.invoke(context) or 0
    except click.exceptions.Exit as end:  # of --help and --version
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        said = " ".join(error.format_message().split())  # click lists choices in lines
        print(f"usher: {said}{'' if said.endswith(('.', '?')) else '.'}", file=sys.stderr)
        return error.exit_code
    except (StartError, SnapshotError) as error:
        print(f"usher: {error}", file=sys.stderr)
        return 1
