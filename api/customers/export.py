"""The export of all that is known of a customer: a line of JSON for each thing, read while it is sent."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from api.http import usher
from api.inventory import reservations
from api.jobs import jobs
from tasks_app.customers import OPEN, OVER
from tasks_app.inventory import Wanted
from tasks_app.text import encoded_leniently

AT_ONCE = 100  # reservations, or records of jobs
Line = dict[str, Any]


def lines(customer: str) -> Iterator[str]:
    """
    All of it; the last line counts the others, so that nobody takes a part for the whole. Costs a look at every job and
    at every change of every show and product. Raises StateUnavailableError, which breaks the answer off.
    """
    count = 0
    for kind, thing in _things(customer):
        count += 1
        yield f"{encoded_leniently({'kind': kind, **thing})}\n"
    yield f"{encoded_leniently({'kind': 'end', 'customer': customer, 'lines': count})}\n"


def _things(customer: str) -> Iterator[tuple[str, Line]]:
    known, cursor = usher().known_customers, ""
    while True:
        page = usher().reservation_lists.page(Wanted(customer=customer), cursor, AT_ONCE)
        yield from (("reservation", reservations.as_json(one)) for one in page.reservations)
        cursor = page.cursor
        if not cursor:
            break
    for target in known.targets():
        for change in known.changes(target, customer):
            yield "change", {"target": target, **asdict(change)}
    ids = list(dict.fromkeys(job_id for job_id, _ in known.jobs(customer, (*OPEN, *OVER))))
    for at in range(0, len(ids), AT_ONCE):
        for job in usher().jobs.read_many(ids[at : at + AT_ONCE]):
            yield "job", {**jobs.as_json(job), "log": usher().jobs.log_lines(job.id)}
    yield from (("suppression", one) for one in known.suppressions(customer))
