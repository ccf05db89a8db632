"""Requests about shows and products."""

from collections.abc import Sequence
from typing import Literal, Unpack

from usher_client.answers import Cancellation, Product, Show
from usher_client.bodies import NewPool, Notice, PauseOptions, ProductChanges, SaleOptions, ShowChanges
from usher_client.reservations import changed
from usher_client.steps import Item, Items, Request, Steps, ask_json, given, new_key, part
from usher_client.waiting import WAIT_SECONDS

Status = Literal["on_sale", "closed", "archived"]


def create_show(
    name: str,
    pools: Sequence[NewPool],
    *,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
    **options: Unpack[SaleOptions],
) -> Steps[Show]:
    """
    Put a show on sale. The same show again is no mistake.

    Raises UsherError: `already_exists` where another one has its id; `pending` when it is not done in time.
    """
    body = {"name": name, "pools": list(pools), **options}
    request = Request("POST", "/v1/shows", body, key=idempotency_key or new_key())
    return Show.of((yield from changed(request, wait_seconds)))


def create_product(
    name: str,
    quantity: int,
    *,
    price: float | None = None,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
    **options: Unpack[SaleOptions],
) -> Steps[Product]:
    """Put a product on sale: as `create_show`."""
    body = {"name": name, "quantity": quantity, **given(price=price), **options}
    request = Request("POST", "/v1/products", body, key=idempotency_key or new_key())
    return Product.of((yield from changed(request, wait_seconds)))


def get_show(show: str) -> Steps[Show]:
    """Read a show by its id. Raises UsherError: `inventory_not_found`."""
    return Show.of((yield from ask_json(Request("GET", f"/v1/shows/{part(show)}"))))


def get_product(product: str) -> Steps[Product]:
    """Read a product by its id. Raises UsherError: `inventory_not_found`."""
    return Product.of((yield from ask_json(Request("GET", f"/v1/products/{part(product)}"))))


def list_shows(*, archived: bool = False) -> Items[Show]:
    """All shows, in the order of their ids; those that are `archived` only if they are asked for."""
    body = yield from ask_json(Request("GET", "/v1/shows", query=_archived(archived)))
    for one in body["shows"]:
        yield Item(Show.of(one))


def list_products(*, archived: bool = False) -> Items[Product]:
    """All products: as `list_shows`."""
    body = yield from ask_json(Request("GET", "/v1/products", query=_archived(archived)))
    for one in body["products"]:
        yield Item(Product.of(one))


def _archived(wanted: bool) -> dict[str, str]:
    return {"archived": "true"} if wanted else {}


def edit_show(
    show: str,
    *,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
    **changes: Unpack[ShowChanges],
) -> Steps[Show]:
    """
    Change what is named; what is held keeps its deadline and its units, even beyond a new limit.

    Raises UsherError: `edited_meanwhile`, `pool_exists`, `unknown_pool`, `hold_too_long`, `unknown_inventory`.
    """
    request = Request("PATCH", f"/v1/shows/{part(show)}", changes, key=idempotency_key or new_key())
    return Show.of((yield from changed(request, wait_seconds)))


def edit_product(
    product: str,
    *,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
    **changes: Unpack[ProductChanges],
) -> Steps[Product]:
    """Change what is named: as `edit_show`."""
    request = Request("PATCH", f"/v1/products/{part(product)}", changes, key=idempotency_key or new_key())
    return Product.of((yield from changed(request, wait_seconds)))


def cancel_show(
    show: str,
    *,
    notify: Notice | None = None,
    dry_run: bool = False,
    wait_seconds: float = WAIT_SECONDS,
    idempotency_key: str | None = None,
) -> Steps[Cancellation]:
    """
    End the sale of a show for good, release all reservations, and tell the customers; `dry_run` only counts.

    The `batch` of the answer does it; nobody is told twice. Raises UsherError: `unknown_inventory`, `pending`.
    """
    body = {"dry_run": dry_run, **given(notify=notify)}
    request = Request("POST", f"/v1/shows/{part(show)}/cancel", body, key=idempotency_key or new_key())
    return Cancellation.of((yield from changed(request, wait_seconds)))


def delete_show(show: str, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None) -> Steps[None]:
    """
    Delete a show with its ledger. Raises UsherError: `still_live` while units are held or sold, or jobs about it wait.
    """
    request = Request("DELETE", f"/v1/shows/{part(show)}", key=idempotency_key or new_key())
    yield from changed(request, wait_seconds)


def delete_product(
    product: str, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[None]:
    """Delete a product: as `delete_show`."""
    request = Request("DELETE", f"/v1/products/{part(product)}", key=idempotency_key or new_key())
    yield from changed(request, wait_seconds)


def restock_product(
    product: str, quantity: int, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[Product]:
    """Add units. Raises UsherError: `unknown_inventory`, `pending`."""
    path = f"/v1/products/{part(product)}/restock"
    request = Request("POST", path, {"quantity": quantity}, key=idempotency_key or new_key())
    return Product.of((yield from changed(request, wait_seconds)))


def set_show_status(
    show: str, status: Status, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[Show]:
    """
    Open, close or archive the sale of a show; what is held may be confirmed all the same, and must be gone before it is
    archived. Raises UsherError: `still_held`.
    """
    path = f"/v1/shows/{part(show)}/status"
    request = Request("PUT", path, {"status": status}, key=idempotency_key or new_key())
    return Show.of((yield from changed(request, wait_seconds)))


def set_product_status(
    product: str, status: Status, *, wait_seconds: float = WAIT_SECONDS, idempotency_key: str | None = None
) -> Steps[Product]:
    """Open, close or archive the sale of a product: as `set_show_status`."""
    path = f"/v1/products/{part(product)}/status"
    request = Request("PUT", path, {"status": status}, key=idempotency_key or new_key())
    return Product.of((yield from changed(request, wait_seconds)))


def pause_show(show: str, **options: Unpack[PauseOptions]) -> Steps[None]:
    """Let the jobs about a show wait in line, as long as the options say. Raises UsherError: `inventory_not_found`."""
    yield from ask_json(Request("POST", f"/v1/shows/{part(show)}/pause", dict(options), repeatable=True))


def resume_show(show: str) -> Steps[None]:
    """Let them go on, in the order in which they came. Raises UsherError: `inventory_not_found`."""
    yield from ask_json(Request("POST", f"/v1/shows/{part(show)}/resume", repeatable=True))


def pause_product(product: str, **options: Unpack[PauseOptions]) -> Steps[None]:
    """As `pause_show`."""
    yield from ask_json(Request("POST", f"/v1/products/{part(product)}/pause", dict(options), repeatable=True))


def resume_product(product: str) -> Steps[None]:
    """As `resume_show`."""
    yield from ask_json(Request("POST", f"/v1/products/{part(product)}/resume", repeatable=True))
