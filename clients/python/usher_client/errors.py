"""The one exception of this client."""

from collections.abc import Mapping
from typing import Any

CONNECTION_LOST = "connection_lost"  # codes of this client's own; all others are the server's
PENDING = "pending"


class UsherError(Exception):
    """
    A request did not do what it asked for.

    `code` is that of the server's problem (`inventory_not_found`), or `connection_lost`: the server was not reached, or
    did not answer, however often it was asked; `pending`: it is not done yet; `http_502`: something before the server
    answered. `status` is the HTTP status, 0 without an answer; `errors` are the fields that do not fit (`field` and
    `message` each), `problem` is the whole answer. The same call with `idempotency_key` repeats the request; None = the
    request had none.
    """

    def __init__(
        self,
        code: str,
        status: int = 0,
        detail: str = "",
        problem: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(code, status, detail)
        self.code = code
        self.status = status
        self.detail = detail
        self.problem: Mapping[str, Any] = problem or {}
        self.errors: list[dict[str, str]] = list(self.problem.get("errors", ()))
        self.idempotency_key = idempotency_key

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code
