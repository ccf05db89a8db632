"""Calls views of flask-openapi3 with path, query and body as their annotations say, or with a stream of lines."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, ValidationError

from api.http.problems import invalid
from api.http.responses import LINES

Model = type[BaseModel] | None
View = TypeVar("View", bound=Callable[..., Response])
BY_LINES = "by_lines"  # attribute of a view: the function that takes a body of lines instead


def takes_lines(by_lines: Callable[[], Response]) -> Callable[[View], View]:
    """Let `by_lines` answer this route when the body is a stream of lines; it reads `request.stream` by itself."""

    def mark(view: View) -> View:
        vars(view)[BY_LINES] = by_lines
        return view

    return mark


class Blueprint(APIBlueprint):
    """Routes with the library's documents, and with a validation that reads no schema at each request."""

    @staticmethod
    def create_view_func(  # type: ignore[override]
        func: Callable[..., Response],
        header: Model,
        cookie: Model,
        path: Model,
        query: Model,
        form: Model,
        body: Model,
        raw: Model,
        **_: Any,
    ) -> Callable[..., Response]:
        """The view that Flask calls. Raises TypeError for annotations that no route of this API has."""
        if header or cookie or form or raw or (query and _has_lists(query)):
            raise TypeError(f"{func.__name__} may have path, query and body, and no lists in its query")

        by_lines: Callable[[], Response] | None = vars(func).get(BY_LINES)

        @wraps(func)
        def view(**given: str) -> Response:
            if by_lines is not None and request.mimetype == LINES:
                return by_lines()
            arguments: dict[str, BaseModel] = {}
            try:
                if path is not None:
                    arguments["path"] = path.model_validate(given)
                if query is not None:
                    arguments["query"] = query.model_validate(request.args.to_dict())
                if body is not None:
                    arguments["body"] = body.model_validate(request.get_json(silent=True))
            except ValidationError as error:
                return invalid(error)
            return func(**arguments)

        return view


def _has_lists(query: type[BaseModel]) -> bool:
    """Whether a parameter may be given more than once."""
    fields = query.model_json_schema()["properties"].values()
    return any(kind.get("type") == "array" for field in fields for kind in (field, *field.get("anyOf", ())))
