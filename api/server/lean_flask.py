"""
Flask for an API without sessions: the same behaviour at less cost for each request.

Everything here overrides what Flask and Werkzeug document for overriding, and leaves all unusual cases to them.
"""

import inspect
import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import flask
from flask import signals
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from werkzeug.http import parse_options_header
from werkzeug.routing import MapAdapter, Rule

from api.server import request_ids

WHOLE_BODY = "usher.body"  # in the environ: the bytes of a body that was there when the request began
MATCHES_AT_MOST, MATCH_CHARACTERS = 1_024, 200  # to remember: about 500 kB with the longest paths
ORDINARY_HOST = re.compile(r"[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){0,5}(?::[0-9]{1,5})?", re.IGNORECASE)


class NoSessions(SessionInterface):
    """Reads no cookie; a write to the session raises an error that says so."""

    def open_session(self, app: flask.Flask, request: flask.Request) -> NullSession:  # noqa: ARG002 its form is given
        """The same session for all requests; it takes nothing."""
        return NO_SESSION


NO_SESSION = NullSession()


class Request(flask.Request):
    """A request. Its media type is parsed once for all requests that have it; its body may be there as a whole."""

    _whole: bytes | None = None

    def __init__(self, environ: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(environ, *arguments, **options)
        self.began = time.perf_counter()
        if "CONTENT_LENGTH" in environ:
            # gunicorn's input ends with the connection, too. Without its word on the end Werkzeug counts the bytes.
            environ.pop("wsgi.input_terminated", None)

    @property
    def mimetype(self) -> str:
        """As Werkzeug's: lower case, without parameters."""
        return _media_type(self.environ.get("CONTENT_TYPE", ""))[0]

    @property
    def mimetype_params(self) -> Mapping[str, str]:  # type: ignore[override]  # shared, so nobody may change them
        """As Werkzeug's."""
        return _media_type(self.environ.get("CONTENT_TYPE", ""))[1]

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """As Werkzeug's. Raises RequestEntityTooLarge."""
        if self._whole is not None and not as_text and not parse_form_data:
            return self._whole
        whole = self.environ.get(WHOLE_BODY)
        limit = self.max_content_length
        if whole is None or as_text or parse_form_data or (limit is not None and len(whole) > limit):
            return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]
        self._whole = whole
        return whole


@lru_cache(256)
def _media_type(header: str) -> tuple[str, Mapping[str, str]]:
    name, parameters = parse_options_header(header)
    return name.lower(), MappingProxyType(parameters)


class Adapter(MapAdapter):
    """Remembers which rule a method and path have: in an on-sale, callers ask for one path again and again."""

    matches: dict[tuple[str, str], tuple[Rule, Mapping[str, Any]]]

    def match(self, *arguments: Any, **options: Any) -> Any:
        """As Werkzeug's. Raises NotFound, MethodNotAllowed and RequestRedirect."""
        if arguments or options != {"return_rule": True}:
            return super().match(*arguments, **options)
        asked = self.default_method, self.path_info
        found = self.matches.get(asked)
        if found is None:
            rule, values = super().match(return_rule=True)
            if len(self.matches) >= MATCHES_AT_MOST:
                self.matches.clear()
            if len(self.path_info) <= MATCH_CHARACTERS:
                self.matches[asked] = rule, dict(values)
            return rule, values
        rule, values = found
        return rule, dict(values)  # the view may change its copy


class LeanFlask(flask.Flask):
    """An application without sessions. Views may be `async`; before and after functions and signals are called."""

    _matches: dict[tuple[str, str], tuple[Rule, Mapping[str, Any]]]
    request_class = Request
    session_interface = NoSessions()
    # Told of each answer: route ("" = none has this path), method, status, seconds until its head was made.
    answered: Callable[[str, str, int, float], None] | None = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """As Flask's; its lines, and its answer, have the request's id."""
        request_ids.begin(environ)
        return self.wsgi_app(environ, start_response)

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """As Flask's, without a second check of a Host that is an ordinary name."""
        if request is None or not self._is_ordinary:
            return super().create_url_adapter(request)
        environ = request.environ
        scheme = environ["wsgi.url_scheme"]
        host, path, query = environ.get("HTTP_HOST", ""), environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if (
            "HTTP_UPGRADE" in environ
            or environ.get("SCRIPT_NAME")
            or scheme not in ("http", "https")
            or host.endswith((":80", ":443"))
            or not (path.isascii() and query.isascii())
            or not ORDINARY_HOST.fullmatch(host)
        ):
            return super().create_url_adapter(request)
        adapter = Adapter(self.url_map, host.lower(), "/", "", scheme, path, environ["REQUEST_METHOD"], query)
        adapter.matches = self._matches
        return adapter

    def add_url_rule(self, *arguments: Any, **options: Any) -> None:
        """As Flask's."""
        self._matches = {}  # a remembered path may have another rule now
        super().add_url_rule(*arguments, **options)

    @property
    def _is_ordinary(self) -> bool:
        """Whether the settings leave the choice of the route to the path alone."""
        config = self.config
        return config["SERVER_NAME"] is None and config["TRUSTED_HOSTS"] is None and not self.url_map.host_matching

    def process_response(self, response: flask.Response) -> flask.Response:
        """As Flask's; then tell of it, also of refusals and errors."""
        response = super().process_response(response)
        if self.answered is not None:
            asked: Any = request_ctx.request  # one of ours
            rule = asked.url_rule
            seconds = time.perf_counter() - asked.began
            self.answered(rule.rule if rule else "", asked.method, response.status_code, seconds)
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """As Flask's, if anything listens."""
        if self.teardown_request_funcs or signals.request_tearing_down.receivers:
            super().do_teardown_request(exc)

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """As Flask's, if anything listens."""
        if self.teardown_appcontext_funcs or signals.appcontext_tearing_down.receivers:
            super().do_teardown_appcontext(exc)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As Flask's; a plain function is recognised by its code."""
        code = getattr(func, "__code__", None)
        if code is not None and not code.co_flags & inspect.CO_COROUTINE:
            return func
        return super().ensure_sync(func)
