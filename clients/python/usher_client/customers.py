"""Requests about customers."""

from usher_client.answers import Forgotten
from usher_client.reservations import changed
from usher_client.steps import Request, Steps, new_key, part
from usher_client.waiting import WAIT_SECONDS


def forget_customer(
    customer: str, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[Forgotten]:
    """
    Put a pseudonym in the place of a customer's name wherever Usher has it; the answer says what stays, and why.

    Raises UsherError: `customer_busy` while reservations are held or jobs about the customer are not over; `pending`.
    """
    request = Request("DELETE", f"/v1/customers/{part(customer)}", key=idempotency_key or new_key())
    return Forgotten.of((yield from changed(request, wait_seconds)))
