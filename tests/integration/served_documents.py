"""Walks through the served OpenAPI document."""

from collections.abc import Iterator
from typing import Any


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Each (path, method, operation)."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
