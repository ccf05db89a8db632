"""The keys of the state that are about recipients and providers, each as keys.py has those of jobs."""

NOTICES = "{notices}"


def suppressed(channel: str) -> str:
    """
    HASH: key of an address, see addresses.py -> JSON of {"why", "since_ms"}: nobody there is called. Until somebody
    removes it.
    """
    return f"{NOTICES}:suppressed:{channel}"


def paused_scope(scope: str) -> str:
    """STRING with a time to live: JSON of {"ms", "why"}: for how long nothing goes to this provider and account."""
    return f"{NOTICES}:pause:{scope}"


def rate(scope: str) -> str:
    """STRING with a time to live: the theoretical arrival time, unix ms, of the rate limit of a provider."""
    return f"{NOTICES}:rate:{scope}"


def line(scope: str) -> str:
    """STRING with a time to live: the end of the line of those who wait for the rate limit of a provider, unix ms."""
    return f"{NOTICES}:line:{scope}"


def subscription(subscription_id: str) -> str:
    """STRING: JSON of a browser's Web Push subscription. Until it is deleted, or its push service says it is dead."""
    return f"{NOTICES}:subscription:{subscription_id}"


def vapid() -> str:
    """STRING: JSON of private, public, base64url: the pair that signs every Web Push. Stays, or no browser hears us."""
    return "usher:vapid"
