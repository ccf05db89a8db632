"""The buyers' pages, for anybody: one show or product, to reserve. Their routes are those of api/buyers."""

from flask import Response, render_template

from api.pages.pages import blueprint


@blueprint.get("/shows/<inventory_id>")
def show(inventory_id: str) -> Response:
    """What is free of a show, and one's own reservation."""
    return _shown("show", inventory_id)


@blueprint.get("/products/<inventory_id>")
def product(inventory_id: str) -> Response:
    """The same of a product."""
    return _shown("product", inventory_id)


def _shown(kind: str, inventory_id: str) -> Response:
    text = render_template("buyer.html", kind=kind, inventory_id=inventory_id)
    return Response(text, content_type="text/html; charset=utf-8")
