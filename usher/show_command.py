"""The command `usher show`: one thing, or all shows and products."""

import json
from typing import TYPE_CHECKING, Any

import click

from usher.job_commands import is_batch, its_usher, told_of
from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, say, table

if TYPE_CHECKING:
    from tasks_app.inventory import Inventory
    from tasks_app.jobs import Batch, Job, Pause

LEDGER_SHOWN = 10  # changes
TEXT_SHOWN = 2_000  # characters of data or of a result; the page of a job folds what is longer


@click.command()
@click.argument("what", required=False)
@AS_JSON
@in_sentences
def show(what: str | None, as_json: bool) -> None:
    """Show one thing: show:ID, product:ID, or the id of a job, a reservation or a batch.

    Without WHAT: all shows and products, and what is left of them.
    """
    if what is None:
        _show_all(as_json)
    elif what.startswith(("show:", "product:")):
        _show_inventory(what, as_json)
    else:
        _show_made(what, as_json)


def _show_all(as_json: bool) -> None:
    found = [one for kind in ("show", "product") for one in its_usher().inventories.listing(kind)]
    if as_json:
        echo_json([_inventory_json(one) for one in found])
        return
    rows = []
    for one in found:
        pools = one.pools.values()
        numbers = [sum(getattr(pool, name) for pool in pools) for name in ("capacity", "held", "sold", "available")]
        status = "paused" if one.paused else one.status
        rows.append((one.target, status, *map(str, numbers), one.name))
    head = ("SHOW OR PRODUCT", "STATUS", "CAPACITY", "HELD", "SOLD", "LEFT", "NAME")
    click.echo(table(head, rows, columns()) if rows else "There are no shows and no products.")


def _show_inventory(target: str, as_json: bool) -> None:
    its = its_usher()
    found = its.inventories.read(target)
    if as_json:
        echo_json(_inventory_json(found))
        return
    paused = paused_of(found.pause)
    limit = f", at most {found.max_per_customer} for a customer" if found.max_per_customer else ""
    held = f"held for {found.hold_ms / 1000:g} s, extended up to {found.hold_max_ms / 1000:g} s{limit}"
    say(f"{found.target}  {found.name}", f"{found.status}{paused}", held, "")
    rows = [
        (name, *map(str, (pool.capacity, pool.held, pool.sold, pool.available))) for name, pool in found.pools.items()
    ]
    click.echo(table(("POOL", "CAPACITY", "HELD", "SOLD", "LEFT"), rows, columns()))
    changes = "1 change" if found.version == 1 else f"{found.version} changes"
    say("", f"Its ledger has {changes}: usher tail --past {LEDGER_SHOWN} {target}")


def _show_made(made_id: str, as_json: bool) -> None:
    from api.inventory import reservations
    from api.jobs import batches
    from api.jobs import jobs as routes
    from tasks_app.errors import UnknownJobError

    its = its_usher()
    if is_batch(made_id):
        batch = its.batches.read(made_id)
        if as_json:
            echo_json(batches.as_json(its, batch))
        else:
            _print_batch(batch)
        return
    try:
        reservation = its.reservations.find(made_id)
    except UnknownJobError:
        reservation = None
    job = its.jobs.read(made_id) if reservation is None else reservation.job
    if as_json:
        found = {} if reservation is None else {"reservation": reservations.as_json(reservation)}
        echo_json(found if job is None else routes.as_json(job) | found | {"log": its.jobs.log_lines(made_id)})
        return
    if job:
        _print_job(job, its.jobs.log_lines(made_id))
    if reservation:
        lines = ", ".join(
            f"{line['quantity']} {line['pool']}{' of ' + line['target'] if 'target' in line else ''}"
            for line in reservation.lines
        )
        say("", f"reservation of {reservation.target}: {reservation.state}, {lines}")
        if reservation.hold and reservation.state == "held":
            say(f"until     {moment(reservation.hold.expires_ms)}")


def _print_batch(batch: "Batch") -> None:
    counts = ", ".join(f"{count} {state}" for state, count in batch.counts.items() if count)
    outcomes = ", ".join(f"{count} {word}" for word, count in batch.outcomes.items())
    said = f"{counts}{f'; of these {outcomes}' if outcomes else ''}"
    say(f"{batch.id}  a batch of {batch.total} jobs", said, f"created   {moment(batch.created_ms)}")


def _print_job(job: "Job", log: list[str]) -> None:
    say(f"{job.id}  {job.type}{f'  {job.title}' if job.title else ''}", f"{job.state}{told_of(job, ': ')}")
    moments = (("created", job.created_ms), ("due", job.due_ms), ("started", job.started_ms))
    for name, at_ms in (*moments, ("finished", job.finished_ms)):
        if at_ms is not None:
            say(f"{name:<10}{moment(at_ms)}")
    for name, value in (("target", job.target), ("batch", job.batch), ("key", job.key), ("worker", job.worker)):
        if value:
            say(f"{name:<10}{value}")
    say(f"attempts  {job.attempts_made} of {job.attempts_max}", f"data      {_text(job.data)}")
    if job.result is not None:
        say(f"result    {_text(job.result)}")
    for line in log:
        say(f"log       {line}")
    if traceback := (job.attempts[-1].get("error") or {}).get("traceback") if job.attempts else None:
        say("traceback of the last attempt", *traceback.rstrip().split("\n"))


def paused_of(pause: "Pause | None") -> str:
    """Who paused it since when, why and until when, as the end of a sentence; "" if nobody did."""
    if pause is None:
        return ""
    by, why = f" by {pause.by}" if pause.by else "", f" ({pause.reason})" if pause.reason else ""
    until = f" until {moment(pause.until_ms)}" if pause.until_ms else ""
    return f", paused since {moment(pause.since_ms)}{by}{until}{why}"


def _inventory_json(inventory: "Inventory") -> dict[str, Any]:
    from api.inventory import products, shows

    return shows.as_json(inventory) if inventory.kind == "show" else products.as_json(inventory)


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(text) <= TEXT_SHOWN:
        return text
    return f"{text[:TEXT_SHOWN]}… of {len(text):,} characters; --json shows all"
