"""An API with keys: callers of several owners, and a thing of each kind that one of them made."""

from typing import Any

from flask import Flask

from api.app import create_app
from tasks_app.access import ApiKey, KeyRing, Role, StreamPlaces
from tests.integration.checked_client import CheckedClient, document
from tests.roots import Root

# What the names in paths stand for, of things that nobody made.
PLACES = {
    "inventory_id": "hamlet",
    "item_id": "77",  # of another the route would wait for a worker
    "customer": "ada",
    "page": "workers",
    "queue": "jobs",
    "pool": "floor",
    "type": "resize_image",
    "job_type": "resize_image",
    "state": "inactive",
    "priority": "high",
    "first": "0",
    "last": "9",
    "order": "asc",
    "channel": "any",
    "address": "+14153518780",
    "subscription_id": "a" * 26,
    "message_id": "a" * 32,
    "bulk_id": "a" * 26,
    "worker": "nobody@nowhere",
}
WANTED = {"lines": [{"pool": "floor"}], "customer": "ada"}


class Caller:
    """Sends requests with one key, or without any."""

    def __init__(self, application: Flask, token: str = "") -> None:
        self._client = application.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options = {} if body is None else {"json": body}
        return self._client.open(path, method=method, headers={**self.headers, **named}, **options)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)


class Gate:
    """One application before an empty state, in which no worker runs: whatever is taken in waits."""

    def __init__(self, usher: Root) -> None:
        self.usher = usher
        vars(usher.settings)["flower_port"] = 1  # nothing listens there
        vars(usher)["key_ring"] = KeyRing(
            usher.api_keys, is_local=True, look_seconds=0, old_seconds=0
        )  # knows a key at once
        # It says once what is open, and not again: the next test empties the server
        vars(usher)["stream_places"] = StreamPlaces(usher.connections.state, renew_seconds=3_600)
        self.application = create_app(usher)
        self.application.test_client_class = CheckedClient

    def caller(
        self, owner: str, *roles: Role, scopes: tuple[str, ...] = (), rate: str = "", streams: str = ""
    ) -> Caller:
        """Somebody with a new key."""
        token, key = ApiKey.issue(owner, roles, scopes, rate=rate, streams=streams)
        self.usher.api_keys.add(key)
        return Caller(self.application, token)

    @property
    def document(self) -> Any:
        """The served OpenAPI document."""
        return document(self.application)

    def nobody(self) -> Caller:
        return Caller(self.application)


def made_by(caller: Caller) -> dict[str, str]:
    """A thing of each kind that has an owner, by the name that paths give it."""
    jobs = caller.post("/v1/jobs", [{"type": "resize_image"}, {"type": "resize_image"}]).json
    message = {"channel": "webhook", "to": "https://example.org/hook", "message": "Hello"}
    return {
        "batch_id": jobs["id"],
        "job_id": jobs["jobs"][1],
        "number": str(caller.post("/kue/job", {"type": "resize_image"}).json["id"]),
        "notification_id": caller.post("/v1/notifications", message).json["id"],
        "reservation_id": caller.post("/v1/shows/hamlet/reservations", WANTED).json["id"],
    }
