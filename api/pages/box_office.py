"""The pages of the box office: shows, products, customers, reservations. Their modules read the API."""

from werkzeug.wrappers import Response as AnyResponse

from api.pages.pages import blueprint, shown

PLACE = "/box-office"


@blueprint.get("/box-office")
def box_office() -> AnyResponse:
    """All shows and products with their levels."""
    return shown("box-office.html", PLACE, "box_office")


@blueprint.get("/box-office/shows/<inventory_id>")
def box_office_show(inventory_id: str) -> AnyResponse:
    """One show: its levels, reservations and changes."""
    return shown("inventory.html", PLACE, "inventory", kind="show", inventory_id=inventory_id)


@blueprint.get("/box-office/products/<inventory_id>")
def box_office_product(inventory_id: str) -> AnyResponse:
    """One product: its stock, reservations and changes."""
    return shown("inventory.html", PLACE, "inventory", kind="product", inventory_id=inventory_id)


@blueprint.get("/customers/<path:customer>")
def customer(customer: str) -> AnyResponse:
    """All reservations of one customer."""
    return shown("customer.html", PLACE, "customer", customer=customer)


@blueprint.get("/reservations/<reservation_id>")
def reservation(reservation_id: str) -> AnyResponse:
    """One reservation: what happened to it, and what can be done about it."""
    return shown("reservation.html", PLACE, "reservation", reservation_id=reservation_id)
