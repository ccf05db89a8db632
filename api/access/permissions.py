"""Which permission each route needs, and how far each role reaches with it. Routes without one stop the start."""

from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum, auto

from flask import Flask

from tasks_app.access import Role


class Permission(Enum):
    """What a route lets its caller do."""

    PUBLIC = auto()  # needs no key: probes, documents, the pages themselves
    BUY = auto()  # needs no key either: the routes of the buyers' pages, which look at the settings
    OFFER = auto()  # see what is on sale, and the key with which browsers subscribe
    SEE = auto()  # see a job, a batch, a reservation, a notification, and how it goes on
    SURVEY = auto()  # see what concerns everybody: numbers, types, ledgers, audits, suppressions
    RESERVE = auto()  # ask for a reservation
    SETTLE = auto()  # confirm, extend, reduce or release a reservation
    ENTRUST = auto()  # hand a reservation on to its end customer
    RESEND = auto()  # send a notification once more
    SEND = auto()  # notify, and subscribe browsers
    SUBMIT = auto()  # submit jobs of users' types
    CHANGE = auto()  # cancel, replay, edit and forget jobs and batches
    OPERATE = auto()  # pause types, keys, queues, channels; sandbox; rules of types; quiet workers; bulk; dead messages
    PAUSE = auto()  # pause and resume shows and products
    SET_UP = auto()  # make and change shows and products
    SUPPRESS = auto()  # change suppression lists
    DISCLOSE = auto()  # export what is known of a customer
    FORGET = auto()  # forget a customer
    REVIEW = auto()  # read the audit log
    ADMINISTER = auto()  # make and revoke keys


# What only reads, whatever its method; and the many changes of programs, whose trace is their job or ledger.
READING = frozenset({Permission.PUBLIC, Permission.OFFER, Permission.SEE, Permission.SURVEY, Permission.REVIEW})
DISCLOSING = frozenset({Permission.DISCLOSE})  # what reads, but is noted
TRAFFIC = frozenset(
    {Permission.BUY, Permission.RESERVE, Permission.SETTLE, Permission.ENTRUST, Permission.SEND, Permission.SUBMIT}
)


class Reach(IntEnum):
    """What a permission extends to."""

    NOTHING = 0
    OWN = 1  # what the key's owner made
    ALL = 2


_LOOK = {Permission.OFFER: Reach.ALL, Permission.SEE: Reach.ALL, Permission.SURVEY: Reach.ALL}
GRANTS: Mapping[Role, Mapping[Permission, Reach]] = {
    Role.VIEWER: _LOOK,
    Role.CLIENT: {
        Permission.OFFER: Reach.ALL,
        Permission.SEE: Reach.OWN,
        Permission.RESERVE: Reach.ALL,
        Permission.SETTLE: Reach.OWN,
        Permission.ENTRUST: Reach.OWN,
        Permission.SEND: Reach.ALL,
        Permission.RESEND: Reach.OWN,
        Permission.SUBMIT: Reach.ALL,
        Permission.CHANGE: Reach.OWN,
    },
    Role.BOX_OFFICE: {
        **_LOOK,
        Permission.RESERVE: Reach.ALL,
        Permission.SETTLE: Reach.ALL,
        Permission.ENTRUST: Reach.ALL,
        Permission.SEND: Reach.ALL,
        Permission.RESEND: Reach.ALL,
        Permission.SET_UP: Reach.ALL,
        Permission.PAUSE: Reach.ALL,
        Permission.SUPPRESS: Reach.ALL,
        Permission.DISCLOSE: Reach.ALL,
        Permission.FORGET: Reach.ALL,
    },
    Role.OPERATOR: {
        **_LOOK,
        Permission.SEND: Reach.ALL,
        Permission.RESEND: Reach.ALL,
        Permission.SUBMIT: Reach.ALL,
        Permission.CHANGE: Reach.ALL,
        Permission.OPERATE: Reach.ALL,
        Permission.PAUSE: Reach.ALL,
    },
    Role.ADMIN: dict.fromkeys(Permission, Reach.ALL),
}

# What they show they ask of the API, which looks at the key.
PAGES = (
    *("index", "jobs", "job", "failures", "bulk_operations", "bulk_operation", "push", "workers"),
    *("batches", "batch", "notifications", "suppressions", "audit"),
    *("box_office", "box_office_show", "box_office_product", "customer", "reservation"),
    *("show", "product"),
)

_INVENTORY = {
    "create_{}": Permission.SET_UP,
    "edit_{}": Permission.SET_UP,
    "delete_{}": Permission.SET_UP,
    "list_{}s": Permission.OFFER,
    "get_{}": Permission.OFFER,
    "audit_{}": Permission.SURVEY,
    "get_{}_ledger": Permission.SURVEY,
    "set_{}_capacity": Permission.SET_UP,
    "set_{}_status": Permission.SET_UP,
    "pause_{}": Permission.PAUSE,
    "resume_{}": Permission.PAUSE,
}
_KUE_LISTS = ("jobs", "jobs_ordered", "matches", "state", "state_ordered", "type", "type_ordered")
# Endpoint -> what it needs.
ROUTES: Mapping[str, Permission] = {
    **dict.fromkeys(("health.check_liveness", "health.check_readiness", "health.get_index"), Permission.PUBLIC),
    **dict.fromkeys(("static", "pages.push_worker", *(f"pages.{name}" for name in PAGES)), Permission.PUBLIC),
    **dict.fromkeys(("pages.sign_in", "pages.begin_session", "pages.end_session"), Permission.PUBLIC),
    **dict.fromkeys(("openapi.openapi", "openapi.doc_url", "openapi.static"), Permission.PUBLIC),
    **dict.fromkeys(("swagger.swagger", "swagger.static", "swagger.oauth2-redirect"), Permission.PUBLIC),
    "health.get_stats": Permission.SURVEY,
    "health.get_findings": Permission.SURVEY,
    "history.get_history": Permission.SURVEY,
    "metrics.get_metrics": Permission.SURVEY,
    **dict.fromkeys(("flower.show_flower", "flower.show_page", "flower.list_rows"), Permission.SURVEY),
    "flower.cancel_row": Permission.CHANGE,
    "classic.list_classic_products": Permission.OFFER,
    "classic.get_classic_product": Permission.OFFER,
    "classic.count_classic_seats": Permission.OFFER,
    "classic.sell_classic_product": Permission.RESERVE,
    "classic.reserve_classic_seat": Permission.RESERVE,
    "classic.open_classic_sale": Permission.PAUSE,
    **{f"shows.{name.format('show')}": needed for name, needed in _INVENTORY.items()},
    **{f"products.{name.format('product')}": needed for name, needed in _INVENTORY.items()},
    "cancellations.cancel_show": Permission.SET_UP,
    **dict.fromkeys(("buyers.buy_seats", "buyers.buy_stock"), Permission.BUY),
    **dict.fromkeys(("buyers.watch_show_sale", "buyers.watch_product_sale"), Permission.BUY),
    "products.restock_product": Permission.SET_UP,
    "reservations.reserve_seats": Permission.RESERVE,
    "reservations.reserve_stock": Permission.RESERVE,
    "reservations.reserve_together": Permission.RESERVE,
    "reservations.list_reservations": Permission.SEE,
    "reservations.list_customer_reservations": Permission.SEE,
    "reservations.get_reservation": Permission.SEE,
    "reservations.confirm_reservation": Permission.SETTLE,
    "reservations.extend_reservation": Permission.SETTLE,
    "reservations.reduce_reservation": Permission.SETTLE,
    "reservations.release_reservation": Permission.SETTLE,
    "reservations.create_reservation_token": Permission.ENTRUST,
    "customers.export_customer": Permission.DISCLOSE,
    "customers.forget_customer": Permission.FORGET,
    "notifications.create_notifications": Permission.SEND,
    "notifications.list_notifications": Permission.SEE,
    "notifications.get_notification": Permission.SEE,
    "notifications.resend_notification": Permission.RESEND,
    "subscriptions.get_push_key": Permission.OFFER,
    "subscriptions.create_subscription": Permission.SEND,
    "subscriptions.delete_subscription": Permission.SEND,
    "suppressions.count_suppressions": Permission.SURVEY,
    "suppressions.list_suppressions": Permission.SURVEY,
    "suppressions.get_suppression": Permission.SURVEY,
    "suppressions.import_suppressions": Permission.SUPPRESS,
    "suppressions.put_suppression": Permission.SUPPRESS,
    "suppressions.delete_suppression": Permission.SUPPRESS,
    "jobs.create_jobs": Permission.SUBMIT,
    "jobs.list_jobs": Permission.SEE,
    "jobs.get_job": Permission.SEE,
    "jobs.get_job_log": Permission.SEE,
    "jobs.cancel_job": Permission.CHANGE,
    "jobs.edit_job": Permission.CHANGE,
    "jobs.run_job_now": Permission.CHANGE,
    "jobs.replay_job": Permission.CHANGE,
    "jobs.forget_job": Permission.CHANGE,
    "batches.list_batches": Permission.SEE,
    "batches.get_batch": Permission.SEE,
    "batches.list_batch_jobs": Permission.SEE,
    "batches.cancel_batch": Permission.CHANGE,
    "batches.replay_failed_jobs": Permission.CHANGE,
    "batches.pause_batch": Permission.CHANGE,
    "batches.resume_batch": Permission.CHANGE,
    "bulk.create_bulk_operation": Permission.OPERATE,
    "bulk.list_bulk_operations": Permission.SURVEY,
    "bulk.get_bulk_operation": Permission.SURVEY,
    "bulk.stop_bulk_operation": Permission.OPERATE,
    "types.list_types": Permission.SURVEY,
    "types.get_type": Permission.SURVEY,
    "failures.list_failures": Permission.SURVEY,
    "types.put_type": Permission.OPERATE,
    "types.pause_type": Permission.OPERATE,
    "types.resume_type": Permission.OPERATE,
    "workers.list_workers": Permission.SURVEY,
    "workers.get_worker": Permission.SURVEY,
    **dict.fromkeys((f"workers.{name}_worker" for name in ("quiet", "resume", "stop")), Permission.OPERATE),
    **dict.fromkeys(("queues.pause_queue", "queues.resume_queue"), Permission.OPERATE),
    **dict.fromkeys(("channels.pause_channel", "channels.resume_channel"), Permission.OPERATE),
    "sandbox.get_sandbox": Permission.SURVEY,
    "sandbox.set_sandbox": Permission.OPERATE,
    "dead_messages.list_dead_messages": Permission.SURVEY,
    "dead_messages.get_dead_message": Permission.SURVEY,
    "dead_messages.delete_dead_message": Permission.OPERATE,
    "stream.watch_topic": Permission.SEE,
    "audit.list_changes": Permission.REVIEW,
    **dict.fromkeys((f"kue.list_kue_{name}" for name in _KUE_LISTS), Permission.SEE),
    "kue.get_kue_stats": Permission.SURVEY,
    "kue.list_kue_types": Permission.SURVEY,
    "kue.count_kue_jobs": Permission.SURVEY,
    "kue.create_kue_jobs": Permission.SUBMIT,
    "kue.get_kue_job": Permission.SEE,
    "kue.get_kue_log": Permission.SEE,
    "kue.set_kue_state": Permission.CHANGE,
    "kue.set_kue_priority": Permission.CHANGE,
    "kue.delete_kue_job": Permission.CHANGE,
    "kue.replay_kue_job": Permission.CHANGE,
    **dict.fromkeys(
        ("keys.create_key", "keys.list_keys", "keys.get_key", "keys.edit_key", "keys.rotate_key", "keys.revoke_key"),
        Permission.ADMINISTER,
    ),
}

# What the holder of a reservation's token may do, with that reservation.
TOKEN_ROUTES = frozenset(
    {
        "reservations.get_reservation",
        "reservations.confirm_reservation",
        "reservations.reduce_reservation",
        "reservations.release_reservation",
        "stream.watch_topic",
    }
)


def permissions_of(roles: Iterable[Role]) -> tuple[str, ...]:
    """The names, in small letters, of what keys with these roles may do, at least with what is their own."""
    return tuple(one.name.lower() for one in Permission if any(GRANTS[role].get(one, 0) for role in roles))


def reach(roles: Iterable[Role], permission: Permission) -> Reach:
    """How far somebody with these roles reaches."""
    return max((GRANTS[role].get(permission, Reach.NOTHING) for role in roles), default=Reach.NOTHING)


def roles_with(permission: Permission) -> list[Role]:
    """The roles that have a permission."""
    return [role for role in Role if permission in GRANTS[role]]


def check_routes(app: Flask) -> None:
    """Raises LookupError if a route of the application has no permission here, or the other way round."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    if endpoints != ROUTES.keys():
        raise LookupError(
            f"routes and permissions (api/access/permissions.py) differ: {sorted(endpoints ^ ROUTES.keys())}"
        )
