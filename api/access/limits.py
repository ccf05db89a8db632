"""Limits: how fast a caller may send requests, and how many streams it may have open. See docs/access.md, Limits."""

import math
from collections.abc import Callable

from flask import Request, Response, abort
from flask.globals import request_ctx

from api.access.caller import Caller, caller
from api.http import Answer, problem, usher
from tasks_app.access import Verdict
from tasks_app.configuration import UNLIMITED, Rate, parse_rate

IN_ENVIRON = "usher.limited"
FREE = frozenset({"metrics.get_metrics"})  # routes that need a key and never count; public ones do not come here
POLICY = '"key"'  # the policy's name: draft-ietf-httpapi-ratelimit-headers has it, and its parameters q, w, r and t


Limited = tuple[str, Rate, Verdict]  # of a request that counts: whose it is, and what became of it


def inspect(asked: Request, asking: Caller) -> Response | None:
    """Count the request of somebody with a key or token; a problem if it comes too early."""
    its = usher()
    rate = parse_rate(asking.rate or its.settings.rate)
    if rate is None or asked.endpoint in FREE:
        return None
    who = asking.who
    verdict = its.allowances.take(who, rate)
    limited: Limited = (who, rate, verdict)
    asked.environ[IN_ENVIRON] = limited
    if verdict.is_let_in:
        return None
    seconds = max(1, math.ceil(verdict.wait_seconds))
    told = f"This key may send {rate.requests} requests in {rate.seconds} s; try again in {seconds} s."
    response = problem("rate_limited", told)
    response.headers["Retry-After"] = str(seconds)
    return response


def count_batch(jobs: int) -> None:
    """A batch of so many jobs was taken in: each of them counts as a request, and the first one did already."""
    environ = request_ctx.request.environ
    if jobs > 1 and (limited := environ.get(IN_ENVIRON)) is not None:
        who, rate, verdict = limited
        usher().allowances.owe(who, rate, jobs - 1)
        left = None if verdict.left is None else max(0, verdict.left - jobs + 1)
        environ[IN_ENVIRON] = (who, rate, verdict._replace(left=left))


def furnish(response: Response) -> Response:
    """Tell the caller its rate and what is left of it. Both are hints: other processes let requests in as well."""
    limited = request_ctx.request.environ.get(IN_ENVIRON)
    if limited is None:
        return response
    _, (count, seconds), (_, wait_seconds, left) = limited
    put = response.put if isinstance(response, Answer) else response.headers.__setitem__
    put("RateLimit-Policy", f"{POLICY};q={count};w={seconds}")
    if left is not None:
        to_go = math.ceil(wait_seconds or (count - left) * seconds / count) or 1
        put("RateLimit", f"{POLICY};r={left};t={to_go}")
    return response


def take_stream_place() -> Callable[[], None] | None:
    """
    Count a stream that the caller opens; returns what ends it, None if nothing bounds the caller. 429 if it has too
    many open. Raises StateUnavailableError.
    """
    asking, at_most = caller(), usher().settings.streams
    if asking.streams:
        at_most = None if asking.streams == UNLIMITED else int(asking.streams)
    return None if at_most is None else take_place(asking.who, at_most, "with this key")


def take_place(who: str, at_most: int, where: str) -> Callable[[], None]:
    """Count a stream of `who`; returns what ends it. 429 if too many are open. Raises StateUnavailableError."""
    places = usher().stream_places
    if not places.take(who, at_most):
        abort(problem("too_many_streams", f"At most {at_most} streams may be open at once {where}."))
    held = [who]

    def give_back() -> None:
        if held:  # a response may be closed twice
            places.give_back(held.pop())

    return give_back
