"""The keys for recipients and providers, in the form of keys.py."""

NOTICES = "{notices}"


def suppressed(channel: str) -> str:
    """
    HASH: key of an address (addresses.py) -> JSON of {"why", "since_ms"}: Usher sends nothing there. Until somebody
    removes it.
    """
    return f"{NOTICES}:suppressed:{channel}"


def rest(scope: str) -> str:
    """
    STRING with a time to live: JSON of {"ms", "why"}: how long Usher sends nothing to this provider and account. It is
    stored as `pause`, its former name.
    """
    return f"{NOTICES}:pause:{scope}"


def rate(scope: str) -> str:
    """STRING with a time to live: the theoretical arrival time of a provider's rate limit, unix ms."""
    return f"{NOTICES}:rate:{scope}"


def rate_tail(scope: str) -> str:
    """
    STRING with a time to live: when the last of the messages that wait for a provider's rate limit comes back, unix ms.
    It is stored as `line`, its former name.
    """
    return f"{NOTICES}:line:{scope}"


def subscription(subscription_id: str) -> str:
    """STRING: JSON of a browser's Web Push subscription. Until it is deleted, or the push service says it is dead."""
    return f"{NOTICES}:subscription:{subscription_id}"


def sandbox() -> str:
    """
    HASH: `since` (unix ms), `by`, `reason`: every notification goes to the console instead of to its provider, for as
    long as this exists (lua/notifications/sandbox.lua). Until somebody switches it off.
    """
    return f"{NOTICES}:sandbox"


def vapid() -> str:
    """STRING: JSON of private, public, base64url: the key pair of every Web Push. Stays, or no browser accepts us."""
    return "usher:vapid"
