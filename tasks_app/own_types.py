"""
Usher's own job types. Each is declared here with its queue, whose slots are its lane; messages, scripts and workers
read this. Every other type belongs to a user and goes through the queue `jobs`.
"""

from collections.abc import Mapping
from enum import StrEnum

RESERVATIONS, NOTIFICATIONS, JOBS = "reservations", "notifications", "jobs"
QUEUES = (RESERVATIONS, NOTIFICATIONS, JOBS)
CANARY = "canary"  # not a job: an empty message that proves that a queue is consumed
CELERYS = "celery."  # the names of Celery's own tasks begin so


class OwnType(StrEnum):
    """
    A name, its queue, and whether its jobs are taken even when new work has to wait: jobs that change something
    existing must be taken, or a sale could not be ended.
    """

    queue: str
    is_always_taken: bool

    def __new__(cls, name: str, queue: str, is_always_taken: bool) -> "OwnType":
        """A member; its value is its name."""
        member = str.__new__(cls, name)
        member._value_, member.queue, member.is_always_taken = name, queue, is_always_taken
        return member

    RESERVE_SEAT = "reserve_seat", RESERVATIONS, False
    RESERVE_STOCK = "reserve_stock", RESERVATIONS, False
    RESERVE_TOGETHER = "reserve_together", RESERVATIONS, False
    CONFIRM = "confirm", RESERVATIONS, True
    EXTEND = "extend", RESERVATIONS, True
    REDUCE = "reduce", RESERVATIONS, True
    RELEASE = "release", RESERVATIONS, True
    CREATE_INVENTORY = "create_inventory", RESERVATIONS, False
    RESTOCK = "restock", RESERVATIONS, True
    SET_CAPACITY = "set_capacity", RESERVATIONS, True
    SET_STATUS = "set_status", RESERVATIONS, True
    EDIT_INVENTORY = "edit_inventory", RESERVATIONS, True
    ARCHIVE_INVENTORY = "archive_inventory", RESERVATIONS, True
    DELETE_INVENTORY = "delete_inventory", RESERVATIONS, True
    CANCEL_INVENTORY = "cancel_inventory", NOTIFICATIONS, True  # it may take long, and no sale waits for it there
    FORGET_CUSTOMER = "forget_customer", NOTIFICATIONS, True  # likewise
    BULK_OPERATION = "bulk_operation", NOTIFICATIONS, True  # likewise; and it may have to clear a full queue of users'
    PUSH_NOTIFICATION = "push_notification", NOTIFICATIONS, False


_OWN: Mapping[str, OwnType] = {str(one): one for one in OwnType}
OWN_TYPES = frozenset(_OWN)


def queue_of(job_type: str) -> str:
    """The Celery queue for jobs of this type, which is also their lane."""
    return _OWN[job_type].queue if job_type in _OWN else JOBS


def is_always_taken(job_type: str) -> bool:
    """Are jobs of this type taken even when new work has to wait?"""
    return job_type in _OWN and _OWN[job_type].is_always_taken


def is_message(name: str) -> bool:
    """Is this the name of a message without jobs: the canary, or a task of Celery's own?"""
    return name == CANARY or name.startswith(CELERYS)
