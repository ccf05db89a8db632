"""The pages for people."""

from api.pages import pages

__all__ = [
    "pages",
]
