"""Lists of reservations: of a customer, of a show or product, with a value in their metadata."""

from typing import Annotated, Literal, Self

from flask import Response
from pydantic import Field, model_validator

from api.access import is_visible_reservation, require_target
from api.http import (
    Cursor,
    CustomerPath,
    FindingQuery,
    Identifier,
    Limit,
    Since,
    Text,
    answer,
    invalid_part,
    openapi,
    usher,
)
from api.inventory import schemas
from api.inventory.reservations import as_json, blueprint
from tasks_app.inventory import Wanted


class ListQuery(FindingQuery):
    """Which of them: those to which all of this applies."""

    show: Identifier | None = Field(None, description="Only of this show")
    product: Identifier | None = Field(None, description="Only of this product")
    state: Literal["held", "confirmed", "released", "expired"] | None = Field(
        None, description="Only in this state; by default in any"
    )
    since: Since = None
    cursor: Cursor = ""
    limit: Annotated[Limit, Field(description="At most this many reservations")] = 50

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.show is not None and self.product is not None:
            raise ValueError("must have `show` or `product`, not both")
        return self

    @property
    def target(self) -> str:
        """As jobs and events name it; "" = any."""
        return f"show:{self.show}" if self.show else f"product:{self.product}" if self.product else ""


class ReservationsQuery(ListQuery):
    """The same of any customer."""

    customer: Text | None = Field(None, description="Only of this customer")


LISTED = openapi.responses({200: schemas.ReservationPage})


@blueprint.get("/reservations", responses=LISTED)
def list_reservations(query: ReservationsQuery) -> Response:
    """
    Reservations that took units, newest first; those that wait or were refused are among the jobs.

    A reservation keeps its place in the list. A page may be short before the end, as it looks at 600 reservations and
    changes at most, and a key that reaches only some gets only those: go on until the cursor is null.
    """
    return _page(query, query.customer or "")


@blueprint.get("/customers/<path:customer>/reservations", responses=LISTED)
def list_customer_reservations(path: CustomerPath, query: ListQuery) -> Response:
    """The reservations of one customer, as `GET /v1/reservations`."""
    return _page(query, path.customer)


def _page(query: ListQuery, customer: str) -> Response:
    if query.target:
        require_target(query.target)
    wanted = Wanted(customer, query.target, query.metadata, query.state, int(query.since or 0))
    try:
        page = usher().reservation_lists.page(wanted, query.cursor, query.limit)
    except (ValueError, OverflowError, RecursionError):
        return invalid_part("cursor", "is not one from this list")
    found = [as_json(one) for one in page.reservations if is_visible_reservation(one)]
    return answer({"reservations": found, "cursor": page.cursor or None}, 200)
