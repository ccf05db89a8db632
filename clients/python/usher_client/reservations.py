"""Requests about reservations."""

from collections.abc import Mapping, Sequence
from typing import Any

from usher_client.answers import Reservation
from usher_client.bodies import NewLine
from usher_client.errors import PENDING, UsherError
from usher_client.steps import Items, Request, Steps, ask_json, ask_pages, given, new_key, part
from usher_client.waiting import WAIT_SECONDS, looked_at, outcome


def reserve_seats(
    show: str,
    lines: Mapping[str, int],
    *,
    customer: str | None = None,
    hold_seconds: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
) -> Steps[Reservation]:
    """
    Hold so many units of each pool of a show, as `{"floor": 2}`: all of them or none. `metadata`: words of your own.

    Waits up to `wait_seconds`, s, for the outcome. That there is not enough is an outcome too: the state `refused`.
    Raises UsherError for everything else, such as `unknown_inventory` or `unknown_pool`.
    """
    asked = [{"pool": pool, "quantity": quantity} for pool, quantity in lines.items()]
    body = given(lines=asked, customer=customer, hold_seconds=hold_seconds, metadata=metadata)
    known = {"target": f"show:{show}", "lines": asked, "customer": customer, "metadata": metadata or {}}
    return _reserve(f"/v1/shows/{part(show)}/reservations", body, known, wait_seconds, idempotency_key)


def reserve_stock(
    product: str,
    quantity: int = 1,
    *,
    customer: str | None = None,
    hold_seconds: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
) -> Steps[Reservation]:
    """Hold units of a product: as `reserve_seats`."""
    body = given(quantity=quantity, customer=customer, hold_seconds=hold_seconds, metadata=metadata)
    asked = [{"pool": "stock", "quantity": quantity}]
    known = {"target": f"product:{product}", "lines": asked, "customer": customer, "metadata": metadata or {}}
    return _reserve(f"/v1/products/{part(product)}/reservations", body, known, wait_seconds, idempotency_key)


def reserve_together(
    lines: Sequence[NewLine],
    *,
    customer: str | None = None,
    hold_seconds: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
) -> Steps[Reservation]:
    """
    Hold units of several shows and products as one reservation: all of them or none, until one deadline.

    `lines`: `{"show", "pool", "quantity"}` or `{"product", "quantity"}`; the quantity may be left out: 1. Otherwise as
    `reserve_seats`; the `refusal` has the `target` that refuses.
    """
    body = given(lines=list(lines), customer=customer, hold_seconds=hold_seconds, metadata=metadata)
    asked = [
        {"target": _target(line), "pool": line.get("pool", "stock"), "quantity": line.get("quantity", 1)}
        for line in lines
    ]
    first = asked[0]["target"] if asked else ""
    known = {"target": first, "lines": asked, "customer": customer, "metadata": metadata or {}}
    return _reserve("/v1/reservations", body, known, wait_seconds, idempotency_key)


def _target(line: NewLine) -> str:
    return f"show:{line['show']}" if "show" in line else f"product:{line.get('product', '')}"


def _reserve(
    path: str, body: Mapping[str, Any], known: Mapping[str, Any], wait_seconds: float, key: str | None
) -> Steps[Reservation]:
    request = Request("POST", path, body, key=key or new_key())
    answer = yield from outcome(request, wait_seconds)
    if answer.status < 300:
        return Reservation.of({**known, **answer.json()})
    problem = answer.problem()
    if answer.status == 409 and problem.get("refusal"):
        told = {"id": problem["reservation"], "state": "refused", "refusal": problem["refusal"]}
        return Reservation.of({**known, **told, "detail": problem.get("detail", "")})
    raise answer.error(request.key)


def get_reservation(reservation: str) -> Steps[Reservation]:
    """Read a reservation by its id. Raises UsherError: `job_not_found`."""
    return Reservation.of((yield from ask_json(Request("GET", _path(reservation)))))


def wait_for_reservation(reservation: str, *, wait_seconds: float = WAIT_SECONDS) -> Steps[Reservation]:
    """Read a reservation once it is decided, or as it is after `wait_seconds`, s. Raises UsherError."""
    return looked_at(lambda: get_reservation(reservation), lambda found: found.is_decided, wait_seconds)


def list_reservations(
    *,
    customer: str | None = None,
    show: str | None = None,
    product: str | None = None,
    state: str | None = None,
    since: str | int | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Items[Reservation]:
    """
    Reservations that took units, newest first, to which all of this applies; asked for page by page.

    `since` is unix ms or ISO 8601; `metadata` has keys that the server's USHER_FIND_BY names. Raises UsherError.
    """
    query = {"customer": customer, "show": show, "product": product, "state": state, "since": since}
    return ask_pages("/v1/reservations", "reservations", Reservation.of, **query, metadata=metadata)


def confirm_reservation(
    reservation: str,
    *,
    reacquire: bool = False,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
) -> Steps[Reservation]:
    """
    Sell what is held. `reacquire`: if it is too late, take the same units again if they are free.

    Raises UsherError: `hold_expired`, `already_released`, `hold_not_found`; `pending` when it is not done within
    `wait_seconds`, s: the same with the error's `idempotency_key` asks again.
    """
    return _change("POST", f"{_path(reservation)}/confirm", {"reacquire": reacquire}, wait_seconds, idempotency_key)


def extend_reservation(
    reservation: str, seconds: float, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[Reservation]:
    """Move the deadline to `seconds`, s, from now, never to an earlier moment. Raises as `confirm_reservation`."""
    return _change("POST", f"{_path(reservation)}/extend", {"seconds": seconds}, wait_seconds, idempotency_key)


def reduce_reservation(
    reservation: str,
    lines: Mapping[str, int],
    *,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
) -> Steps[Reservation]:
    """
    Give so many units of each pool back, as `{"floor": 1}`, held or sold; the rest stays.

    Raises UsherError: `not_that_many` where it has fewer; and as `confirm_reservation`.
    """
    body = {"lines": [{"pool": pool, "quantity": quantity} for pool, quantity in lines.items()]}
    return _change("POST", f"{_path(reservation)}/reduce", body, wait_seconds, idempotency_key)


def release_reservation(
    reservation: str, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[Reservation]:
    """Give the units back, held or sold. Raises as `confirm_reservation`."""
    return _change("DELETE", _path(reservation), None, wait_seconds, idempotency_key)


def _path(reservation: str) -> str:
    return f"/v1/reservations/{part(reservation)}"


def _change(method: str, path: str, body: Any, wait_seconds: float, key: str | None) -> Steps[Reservation]:
    return Reservation.of((yield from changed(Request(method, path, body, key=key or new_key()), wait_seconds)))


def changed(request: Request, wait_seconds: float) -> Steps[Any]:
    """
    What a change answers once it is made. Raises UsherError for a refusal, and `pending` when it is not made in time.
    """
    answer = yield from outcome(request, wait_seconds)
    if answer.status >= 300:
        raise answer.error(request.key)
    if answer.status == 202:
        told = f"Not done within {wait_seconds:g} s; it waits in line."
        raise UsherError(PENDING, 202, told, answer.json(), request.key)
    return answer.json()
