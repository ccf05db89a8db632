"""The commands `usher jobs`, `usher cancel` and `usher replay`."""

import json
from typing import TYPE_CHECKING, Any

import click

from usher.audit_command import noted
from usher.bulk_command import STATES, carry_out, filtered, is_filtered
from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, table

if TYPE_CHECKING:
    from tasks_app.jobs import Job
    from tasks_app.usher import Usher

WAITS_FOR = {  # docs/jobs.md: `waiting_for`
    "time": "its time",
    "pause": "{group} to be resumed",
    "worker": "a worker that knows its type",
    "limit": "a limit, {limit}",
    "turn": "its turn, place {place}",
}


def its_usher() -> "Usher":
    """The Usher of this command's settings."""
    from tasks_app.program import own_usher

    return own_usher()


@click.command()
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--type", "job_type", help="Only those of this type.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="How many at most.")
@AS_JSON
@in_sentences
def jobs(state: str | None, job_type: str | None, limit: int, as_json: bool) -> None:
    """List jobs: those that are delayed, queued, active, and then those that ended; the latest of each first."""
    from api.jobs import jobs as routes
    from tasks_app.jobs import State, WantedJobs

    wanted = WantedJobs(State(state) if state else None, job_type or "")
    page = its_usher().job_lists.page(wanted, "", limit)
    if as_json:
        echo_json([routes.as_listed(job) for job in page.jobs])
        return
    if not page.jobs:
        click.echo("There are no such jobs.")
        return
    rows = [(one.id, one.state.value, one.type, moment(one.created_ms), told_of(one)) for one in page.jobs]
    click.echo(table(("ID", "STATE", "TYPE", "CREATED", ""), rows, columns()))
    if page.cursor:
        click.echo(f"There are more: --limit {limit * 5} shows more of them.", err=True)


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@in_sentences
def cancel(ids: tuple[str, ...]) -> None:
    """Cancel jobs or batches that have not ended; active ones are called off."""
    for one in ids:
        if is_batch(one):
            with noted("usher cancel", f"batch:{one}"):
                count = its_usher().controls.cancel_batch(one)
            click.echo(f"{count} jobs of the batch {one} are cancelled.")
        else:
            with noted("usher cancel", f"job:{one}"):
                its_usher().controls.cancel(one)
            click.echo(f"The job {one} is cancelled.")


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--data", "given", metavar="JSON", help="Other data for the jobs; what they were stays in their records.")
@filtered
@in_sentences
def replay(ids: tuple[str, ...], given: str | None, **options: Any) -> int:
    """Queue failed or cancelled jobs again, or all failed jobs of batches; or, without IDs, all that a filter finds.

    With a filter and no --state it takes those that failed.
    """
    from tasks_app.jobs import Edits

    if is_filtered(options):
        if ids:
            raise click.UsageError("name IDs or a filter, not both")
        if given is not None:
            raise click.UsageError("--data needs IDs: all that a filter finds keep their data")
        return carry_out("replay", 0, {**options, "state": options["state"] or "failed", "as_json": False})
    if not ids:
        raise click.UsageError("name IDs or a filter, as --type")
    edits = Edits(data=None if given is None else object_of(given))
    for one in ids:
        if is_batch(one):
            if given is not None:
                raise click.UsageError(f"{one} is a batch: its jobs keep their data. Name the jobs for --data.")
            with noted("usher replay", f"batch:{one}"):
                count = its_usher().controls.replay_batch(one)
            click.echo(f"{count} failed jobs of the batch {one} are queued again.")
        else:
            with noted("usher replay", f"job:{one}"):
                its_usher().controls.replay(one, edits)
            click.echo(f"The job {one} is queued again{'' if given is None else ', with the new data'}.")
    return 0


def object_of(text: str) -> dict[str, Any]:
    """The JSON object that was typed. Raises click.UsageError for anything else."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--data is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise click.UsageError('--data is not a JSON object, such as \'{"to": "ada"}\'.')
    return found


def is_batch(made_id: str) -> bool:
    """Is this the id of a batch? Raises StateUnavailableError."""
    from tasks_app.errors import UnknownBatchError

    try:
        its_usher().batches.read(made_id)
    except UnknownBatchError:
        return False
    return True


def told_of(job: "Job", before: str = "") -> str:
    """What says most about a job, in a line: its error, its outcome, or what it waits for."""
    if job.error:
        told = f"{job.error.get('code', '')} {job.error.get('message', '')}".strip()
    elif job.waiting_for:
        told = f"waits for {WAITS_FOR[job.waiting_for['what']].format_map(job.waiting_for)}"
    else:
        told = job.outcome or job.snoozed or ""
    return f"{before}{' '.join(told.split())}" if told else ""
