"""The pages for people."""

from api.pages import box_office, pages, sign_in

__all__ = [
    "box_office",
    "pages",
    "sign_in",
]
