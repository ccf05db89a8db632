"""
Groups of jobs, which operators pause: their names, as texts.

`type:TYPE`, `queue:QUEUE`, `key:TYPE/KEY`, `batch:ID`, `show:ID`, `product:ID`, `channel:CHANNEL`. The name of a type
has no slash, so the first one ends it.
"""

from tasks_app.errors import InvalidJobError
from tasks_app.jobs import bounds
from tasks_app.own_types import QUEUES

KINDS = ("type", "queue", "key", "batch", "show", "product", "channel")
FORMS = "type:TYPE, queue:QUEUE, key:TYPE/KEY, batch:ID, show:ID, product:ID or channel:CHANNEL"


def of_type(job_type: str) -> str:
    """The jobs of a type."""
    return f"type:{job_type}"


def of_queue(queue: str) -> str:
    """The jobs of all types whose lane this is."""
    return f"queue:{queue}"


def of_key(job_type: str, key: str) -> str:
    """The jobs of a type that have this key."""
    return f"key:{job_type}/{key}"


def of_channel(channel: str) -> str:
    """The notifications that go over this channel."""
    return f"channel:{channel}"


def key_in(job_type: str, group: str) -> str | None:
    """The key, if the group is that of a key of this type."""
    before = of_key(job_type, "")
    return group.removeprefix(before) if group.startswith(before) else None


def has_key(group: str, key: str) -> bool:
    """Whether the group is that of this key, of whatever type."""
    return group.startswith("key:") and group.partition("/")[2] == key


def checked(group: str) -> tuple[str, str]:
    """
    The kind and the name in a group that somebody typed. Raises InvalidJobError for a text that is none. Whether there
    is such a batch, show, product or channel, this does not know.
    """
    kind, _, name = group.partition(":")
    if kind not in KINDS or not name:
        raise InvalidJobError("group", f"must be {FORMS}")
    if kind == "type":
        bounds.type_name(name)
    elif kind == "queue":
        bounds.word("queue", name, QUEUES)
    elif kind == "key":
        job_type, slash, key = name.partition("/")
        if not slash:
            raise InvalidJobError("group", "must name the type as well: key:TYPE/KEY")
        bounds.type_name(job_type)
        bounds.text("key", key)
    return kind, name
