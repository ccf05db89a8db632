"""Addresses of servers as they may be shown."""

from urllib.parse import urlsplit


def without_password(url: str) -> str:
    """The URL without what only its owner should see."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
