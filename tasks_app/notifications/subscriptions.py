"""The browsers' Web Push subscriptions: the web process stores them, and the workers read them."""

from collections.abc import Mapping
from typing import Any

import redis

from tasks_app.jobs import Identity
from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded


class Subscriptions:
    """The subscriptions of browsers, on one server."""

    def __init__(self, client: redis.Redis, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    def save(self, subscription: Mapping[str, Any]) -> str:
        """
        Store the result of a browser's subscribe(), and return its id. The same endpoint has the same id and its newest
        keys.

        Raises StateUnavailableError.
        """
        subscription_id = self._identity.derived_id(subscription["endpoint"], "subscription")
        with connections.translated():
            self._client.set(notification_keys.subscription(subscription_id), encoded(subscription))
        return subscription_id

    def delete(self, subscription_id: str) -> None:
        """Forget a subscription. Safe to repeat. Raises StateUnavailableError."""
        with connections.translated():
            self._client.delete(notification_keys.subscription(subscription_id))
