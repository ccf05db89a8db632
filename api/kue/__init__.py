"""Kue's HTTP API on Usher's jobs: docs/kue.md."""

from api.kue import kue

__all__ = [
    "kue",
]
