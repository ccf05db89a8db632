"""The pages for people."""

from api.pages import box_office, buyer_pages, notices, pages, sign_in

__all__ = [
    "box_office",
    "buyer_pages",
    "notices",
    "pages",
    "sign_in",
]
