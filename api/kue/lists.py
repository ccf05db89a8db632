"""Lists of jobs between two places, and what jobs there are."""

from collections.abc import Sequence
from urllib.parse import quote

from flask import Response, request

from api.access import is_visible, require_type
from api.http import answer, usher
from api.kue.answers import as_kue
from api.kue.names import STATES, asked_type, kue_type
from tasks_app.jobs import State, Window
from tasks_app.metrics import RUN, histograms

MOST = 500  # jobs in one answer, as in /v1/jobs


def part(first: int, last: int, order: str = "asc", state: str = "", job_type: str = "") -> Response:
    """The jobs from place `first` to `last` that the caller may see, by their numbers; at most MOST of the window."""
    wanted: Sequence[State] = (STATES[state],) if state else ()
    window = usher().numbered.window(first, last, MOST, asked_type(job_type), wanted)
    shown = [
        job
        for job in usher().jobs.read_many(window.ids)  # its state may have changed meanwhile
        if is_visible(job) and (job.state in wanted if wanted else job.state is not State.CANCELLED)
    ]
    numbers = usher().numbered.of([job.id for job in shown])
    found = [as_kue(job, numbers[job.id]) for job in shown]
    found.sort(key=lambda one: int(one["id"]), reverse=order == "desc")
    response = answer(found, 200)
    if window.size > MOST:
        response.headers["Link"] = f'<{_after(window)}>; rel="next"'
    return response


def _after(window: Window) -> str:
    """The path of the rest of this window."""
    given = request.view_args or {}
    before, _, after = request.path.rpartition(f"/{given['first']}..{given['last']}")
    return quote(f"{before}/{window.start + MOST}..{window.start + window.size - 1}{after}")


def types() -> Response:
    """The names of the types that have jobs."""
    return answer([kue_type(name) for name in usher().jobs.types()], 200)


def count(job_type: str, state: str) -> Response:
    """How many jobs of this type are in this state."""
    stored = asked_type(job_type)
    require_type(stored)
    return answer({"count": usher().jobs.counts([stored])[stored][STATES[state]]}, 200)


def stats() -> Response:
    """How many jobs are in each state, and how long workers worked."""
    totals = dict.fromkeys(State, 0)
    for of_type in usher().jobs.counts().values():
        for state, number in of_type.items():
            totals[State(state)] += number
    seconds = sum(
        one.total for fields in usher().meters.read().of_types.values() for one in histograms(RUN, fields).values()
    )
    counts = {f"{word}Count": totals[state] for word, state in STATES.items()}
    return answer({**counts, "workTime": round(seconds * 1_000)}, 200)
