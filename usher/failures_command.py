"""The command `usher failures`: which jobs failed alike."""

import click

from usher.job_commands import its_usher
from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, table


@click.command()
@click.option("--type", "job_type", default="", help="Only jobs of this type.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="How many groups at most.")
@AS_JSON
@in_sentences
def failures(job_type: str, limit: int, as_json: bool) -> None:
    """List failed jobs by type and kind of error, those of most jobs first."""
    from api.jobs import failures as routes

    found = its_usher().failures.read("hour", job_type, limit)
    if as_json:
        echo_json(routes.as_json(found))
        return
    if not found.groups:
        click.echo("No job has failed." if not found.count else "No failed job is counted by kind yet.")
    else:
        rows = [
            (
                str(one.count),
                one.type,
                one.kind or "all others",
                str(sum(one.course)),
                moment(one.last_ms),
                one.message,
            )
            for one in found.groups
        ]
        click.echo(table(("JOBS", "TYPE", "CODE", "LAST HOUR", "LAST", ""), rows, columns()))
    if found.groups_count > len(found.groups):
        click.echo(f"There are {found.groups_count} groups: --limit shows more of them.", err=True)
    if found.ungrouped:
        click.echo(f"Failed before an upgrade, and not counted by kind yet: {found.ungrouped} jobs.", err=True)
