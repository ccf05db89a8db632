"""Customers: the export of what is known of one, and forgetting one."""

from itertools import chain
from typing import Annotated

from flask import Response, stream_with_context
from pydantic import Field

from api.customers import export, schemas
from api.http import LINES, CustomerPath, Text, answer, invalid_part, openapi, usher
from api.jobs import Accepted, responses, submission, waiting
from tasks_app.customers import is_pseudonym
from tasks_app.jobs import Backoff, Job, NewJob, State, messages

blueprint = openapi.blueprint("customers", "/v1/customers", "What is known of a customer, and forgetting it.")

WAIT_SECONDS = 5.0  # most customers are forgotten by then; with millions of jobs and changes it takes minutes
ATTEMPTS, BACKOFF = 10, Backoff(delay_ms=5_000)  # it goes on where it stopped
FORGOTTEN = openapi.responses(
    {200: schemas.ForgottenCustomer, 202: Accepted}, "customer_busy", "too_many_reservations", submits=True
)


class LeavingPath(CustomerPath):
    """A customer who is forgotten."""

    customer: Annotated[Text, Field(description="As reservations name it", json_schema_extra={"example": "zoe"})]


LINE = '{"kind": "end", "customer": "ada", "lines": 0}'
EXPORT = {
    "description": "A line of JSON for each thing",
    "content": {LINES: {"schema": {"type": "string", "examples": [f"{LINE}\n"]}}},
}


@blueprint.get("/<path:customer>", responses=openapi.responses({200: EXPORT}))
def export_customer(path: CustomerPath) -> Response:
    """
    All that is known of a customer, a line for each thing: `kind` is reservation, change, job or suppression.

    The last line, `end`, counts the others; if it is missing, so is more.
    """
    told = export.lines(path.customer)
    first = next(told)  # an outage before it is an answer of its own
    return Response(stream_with_context(chain((first,), told)), content_type=LINES)


@blueprint.delete("/<path:customer>", responses=FORGOTTEN)
def forget_customer(path: LeavingPath) -> Response:
    """
    Forget a customer: a pseudonym takes the place of the name, and texts about the customer go; sums stay right.

    409 customer_busy while reservations are held or jobs about the customer are not over. Safe to repeat.
    """
    if is_pseudonym(path.customer):
        return invalid_part("customer", "is the pseudonym of a customer who is forgotten already")
    pseudonym = usher().pseudonyms.of(path.customer)
    job_id, fingerprint = submission.identity(lambda: pseudonym)
    usher().forgettings.ask(job_id, path.customer)
    job = NewJob(
        messages.FORGET_CUSTOMER, {"customer": pseudonym}, job_id, fingerprint, attempts=ATTEMPTS, backoff=BACKOFF
    )
    new, done = waiting.submit(job, waiting.preferred_seconds(WAIT_SECONDS))

    def answered(done: Job) -> Response | None:
        if done.state is not State.COMPLETE:
            return None
        told = {name: value for name, value in done.result.items() if name != "outcome"}
        return answer({**told, "links": {"self": f"/v1/customers/{pseudonym}/reservations"}}, 200, new)

    return responses.respond(job_id, new, done, answered, refusals={"job": job_id})
