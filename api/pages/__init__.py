"""The pages for people."""

from api.pages import pages, sign_in

__all__ = [
    "pages",
    "sign_in",
]
