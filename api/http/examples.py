"""
Requests that work when they are sent, by operation, for the served documents; and which answer has the id that a route
asks for. Product `2` and the show `classic` are there from the start.
"""

from typing import Any, NamedTuple


class Example(NamedTuple):
    """A body, its purpose, and the statuses of the answer when the caller waits for the outcome."""

    name: str
    summary: str
    body: Any
    statuses: tuple[int, ...]


def _to(recipient: str) -> dict[str, Any]:
    return {"to": recipient, "message": "The show moved to Friday"}


CODE = {"type": "push_notification_code", "data": {"phoneNumber": "4155550100", "message": "Your code is 1234"}}
DEBOUNCED = {**CODE, "delay_ms": 60_000, "unique": {"key": "ada", "while": "queued", "on_conflict": "replace"}}
LISTED = {"phoneNumber": "4153518780", "message": "Your code is 1234"}  # it is on the suppression list from the start
MANY = {
    "template": {"message": "Hello {name}, the show moved to {day}"},
    "recipients": [
        {"to": "ada", "variables": {"name": "Ada", "day": "Friday"}},
        {"to": "bob", "variables": {"name": "Bob", "day": "Friday"}},
    ],
}
REPLAYED = {"action": "replay", "filter": {"type": CODE["type"], "state": "failed", "code": "time_limit"}}
KUE_JOB = {
    "type": "push_notification_code",
    "data": {"title": "Code for ada", "phoneNumber": "4155550100", "message": "Your code is 1234"},
    "options": {"attempts": 3, "priority": "high", "delay": 3_600_000},
}
MACBETH = {
    "id": "macbeth",
    "name": "Macbeth",
    "pools": [{"name": "floor", "capacity": 100, "price": 30}, {"name": "balcony", "capacity": 40, "price": 50}],
    "max_per_customer": 4,
}
CANCELLED = "Dear {customer}, {show} does not take place"
PAUSE = Example("reason", "For an hour, and why", {"reason": "the printer is broken", "for_seconds": 3_600}, (200,))
GALLERY = {"name": "gallery", "capacity": 20, "price": 15}
SUBSCRIPTION = {  # the endpoint and keys of RFC 8291, section 5
    "endpoint": "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
BODIES: dict[str, list[Example]] = {
    "create_key": [Example("shop", "A key for a shop's server", {"owner": "shop", "roles": ["client"]}, (201,))],
    "edit_key": [Example("faster", "100 requests a second, 20 streams", {"rate": "100/s", "streams": 20}, (200,))],
    "rotate_key": [Example("rotation", "Both keys for an hour", {"overlap_seconds": 3600}, (201,))],
    "create_show": [Example("show", "A show of two pools", MACBETH, (201,))],
    "edit_show": [
        Example("pool", "A higher price, and a gallery", {"prices": {"floor": 35}, "new_pools": [GALLERY]}, (200,))
    ],
    "edit_product": [Example("price", "Another price", {"price": 25}, (200,))],
    "cancel_show": [
        Example("dry run", "Only say what would happen", {"dry_run": True}, (200,)),
        Example("cancel", "Release all, and tell the customers", {"notify": {"message": CANCELLED}}, (200,)),
    ],
    "set_show_capacity": [Example("capacity", "Fifty seats", {"capacity": 50}, (200,))],
    "set_show_status": [Example("open", "Open the sale", {"status": "on_sale"}, (200,))],
    "create_product": [
        Example("product", "Ten umbrellas", {"id": "umbrella", "name": "Umbrella", "quantity": 10, "price": 20}, (201,))
    ],
    "restock_product": [Example("restock", "Ten more units", {"quantity": 10}, (200,))],
    "set_product_capacity": [Example("capacity", "A thousand units in all", {"capacity": 1000}, (200,))],
    "set_product_status": [Example("open", "Open the sale", {"status": "on_sale"}, (200,))],
    "reserve_seats": [
        Example(
            "seats",
            "Two seats; they wait while the show is paused, as `classic` is at the start",
            {"lines": [{"pool": "seats", "quantity": 2}], "customer": "ada", "metadata": {"order": "4711"}},
            (201, 202),
        )
    ],
    "reserve_stock": [
        Example("units", "One unit for ada", {"quantity": 1, "customer": "ada"}, (201,)),
        Example("hold", "One unit, held for a minute", {"quantity": 1, "hold_seconds": 60}, (201,)),
    ],
    "reserve_together": [
        Example(
            "festival",
            "One unit each of two products: both or none",
            {"lines": [{"product": "1"}, {"product": "2"}], "customer": "ada"},
            (201,),
        )
    ],
    "confirm_reservation": [Example("confirm", "Sell what is held", {"reacquire": False}, (200,))],
    "reduce_reservation": [Example("part", "One of its units", {"lines": [{"pool": "stock", "quantity": 1}]}, (200,))],
    "extend_reservation": [Example("extend", "Ten minutes from now", {"seconds": 600}, (200,))],
    "create_notifications": [
        Example("one", "To one, on the console", _to("ada"), (200,)),
        Example("listed", "To a number on the suppression list: it fails at once", LISTED, (200,)),
        Example("several", "To several, a batch", [_to("ada"), _to("bob")], (202,)),
        Example("template", "One text to many, a batch", MANY, (202,)),
    ],
    "import_suppressions": [
        Example("numbers", "Two telephone numbers", ["+14155550100", "+14155550101"], (200,)),
        Example("reasons", "With the reason", [{"address": "+14155550102", "why": "asked by mail"}], (200,)),
    ],
    "put_suppression": [Example("why", "With the reason", {"why": "asked by mail"}, (200, 201))],
    "create_subscription": [Example("browser", "As a browser makes it", SUBSCRIPTION, (201,))],
    "create_jobs": [
        Example("one", "A job that is done at once", CODE, (200,)),
        Example("later", "In an hour, with three attempts", {**CODE, "delay_ms": 3_600_000, "attempts": 3}, (202,)),
        Example("several", "Two jobs, a batch", [CODE, CODE], (202,)),
        Example("debounced", "In a minute, unless another one with this key comes first", DEBOUNCED, (202,)),
    ],
    "create_bulk_operation": [
        Example("dry run", "Only say how many failed jobs there are", {**REPLAYED, "dry_run": True}, (200,)),
        Example("replay", "Do them again, ten a second", {**REPLAYED, "rate": 10}, (202,)),
    ],
    "create_kue_jobs": [
        Example("one", "In an hour, with three attempts", KUE_JOB, (200,)),
        Example("several", "Two jobs", [KUE_JOB, KUE_JOB], (200,)),
    ],
    "put_type": [
        Example("limits", "Two turns, one job per key at a time", {"weight": 2, "per_key": {"at_once": 1}}, (200,))
    ],
    **{f"{wish}_worker": [Example("reason", "Why", {"reason": "release 12"}, (200,))] for wish in ("quiet", "stop")},
    "edit_job": [
        Example("high", "Ahead of others", {"priority": "high"}, (200,)),
        Example("data", "Another number, in a minute", {"data": CODE["data"], "delay_ms": 60_000}, (200,)),
    ],
    **{f"pause_{kind}": [PAUSE] for kind in ("queue", "channel", "batch", "show", "product")},
    "pause_type": [PAUSE, Example("key", "The jobs of one key", {"key": "acme", "reason": "too many"}, (200,))],
    "resume_type": [Example("key", "The jobs of one key", {"key": "acme"}, (200,))],
    "set_sandbox": [  # the last one leaves it as it was
        Example("on", "A rehearsal", {"on": True, "reason": "rehearsal of the spring campaign"}, (200,)),
        Example("off", "Its end", {"on": False}, (200,)),
    ],
    "replay_job": [Example("attempts", "With three attempts", {"attempts": 3}, (202,))],
}  # fmt: skip
LINES = "".join(f'{{"to": "{name}", "message": "The show moved to Friday"}}\n' for name in ("ada", "bob"))


class Giver(NamedTuple):
    """A request whose answer has the `id` that other routes ask for."""

    operation: str
    example: str
    status: int


_HELD = Giver("reserve_stock", "units", 201)
_JOB, _LATER, _BATCH = (Giver("create_jobs", *more) for more in (("one", 200), ("later", 202), ("several", 202)))
_FAILED = Giver("create_notifications", "listed", 200)
GIVERS: dict[str, Giver] = {
    **dict.fromkeys(
        (
            "get_reservation",
            "confirm_reservation",
            "extend_reservation",
            "reduce_reservation",
            "release_reservation",
            "create_reservation_token",
        ),
        _HELD,
    ),
    **dict.fromkeys(("get_notification", "resend_notification"), Giver("create_notifications", "one", 200)),
    **dict.fromkeys(("edit_show", "cancel_show", "delete_show"), Giver("create_show", "show", 201)),
    **dict.fromkeys(("edit_product", "delete_product"), Giver("create_product", "product", 201)),
    **dict.fromkeys(("get_bulk_operation", "stop_bulk_operation"), Giver("create_bulk_operation", "replay", 202)),
    "delete_subscription": Giver("create_subscription", "browser", 201),
    **dict.fromkeys(("get_job", "get_job_log"), _JOB),
    **dict.fromkeys(("edit_job", "run_job_now", "cancel_job"), _LATER),
    **dict.fromkeys(("replay_job", "forget_job"), _FAILED),
    **dict.fromkeys(
        ("get_kue_job", "get_kue_log", "set_kue_state", "set_kue_priority", "delete_kue_job", "replay_kue_job"),
        Giver("create_kue_jobs", "one", 200),
    ),
    **dict.fromkeys(
        ("get_batch", "list_batch_jobs", "cancel_batch", "replay_failed_jobs", "pause_batch", "resume_batch"),
        _BATCH,
    ),
}
