"""The browsers' Web Push subscriptions: what the web process stores of them, and the workers read."""

from collections.abc import Mapping
from typing import Any

from tasks_app.jobs import derived_id
from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded


def save(subscription: Mapping[str, Any]) -> str:
    """
    Store what a browser's subscribe() gave, and return its id: the same for the same endpoint, whose newest keys hold.

    Raises StateUnavailableError.
    """
    subscription_id = derived_id(subscription["endpoint"], "subscription")
    with connections.translated():
        connections.state().set(notification_keys.subscription(subscription_id), encoded(subscription))
    return subscription_id


def delete(subscription_id: str) -> None:
    """Forget a subscription. Safe to repeat. Raises StateUnavailableError."""
    with connections.translated():
        connections.state().delete(notification_keys.subscription(subscription_id))
