"""The load: callers that reserve, submit jobs and notify; and the shows and products for them."""

import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

from chaos.caller import Caller
from chaos.history import Recorder
from chaos.provider import Provider

BETWEEN_SECONDS = 0.15  # of a caller, after each thing done
HOLD_SECONDS = 8.0  # so that some holds expire within a run
SHOWS: dict[str, dict[str, int]] = {"packed": {"floor": 40, "balcony": 15}, "roomy": {"floor": 100_000}}
PRODUCTS = {"scarce": 30, "plenty": 100_000}
MOST_PER_CUSTOMER = 6
CUSTOMERS = 40
# The provider's answers to one message, call by call, for webhooks and for Apprise.
TOLD = [("take",)] * 6 + [("slow",)] * 2 + [("refuse",), ("cut", "refuse"), ("cut", "take"), ("fail", "take")]
TYPES = (
    "chaos_note",
    "chaos_steps",
    "chaos_fragile",
    "chaos_hopeless",
    "chaos_deadly",
    "chaos_endless",
    "chaos_in_turn",
)
ALONE = "chaos_alone"  # whose jobs are unique
LASTING: tuple[str | int, ...] = ("queued", "unfinished", 2)  # each unique key always has one of these
KEYS = 5  # of chaos_in_turn, one job of each at a time


def lay_out(caller: Caller) -> None:
    """Put the shows and products on sale."""
    limits = {"hold_seconds": HOLD_SECONDS, "hold_max_seconds": 60, "max_per_customer": MOST_PER_CUSTOMER}
    for name, pools in SHOWS.items():
        own = [{"name": pool, "capacity": units} for pool, units in pools.items()]
        extra = limits if name == "packed" else {"hold_seconds": HOLD_SECONDS}
        caller.ask("create", f"show-{name}", "POST", "/v1/shows", {"id": name, "name": name, "pools": own, **extra})
    for name, units in PRODUCTS.items():
        body = {"id": name, "name": name, "quantity": units, "hold_seconds": HOLD_SECONDS}
        caller.ask("create", f"product-{name}", "POST", "/v1/products", body)
    caller.ask("rules", "in-turn", "PUT", "/v1/types/chaos_in_turn", {"per_key": {"at_once": 1}})


def reserve(caller: Caller, name: str) -> None:
    """Reserve without end; confirm, extend or give back the reservations, in time or too late."""
    number, had = 0, list[str]()
    while caller.rest(BETWEEN_SECONDS):
        number += 1
        key, chance = f"{name}-{number}", caller.chance
        customer = f"customer {chance.randrange(CUSTOMERS)}"
        show, product = chance.choice(list(SHOWS)), chance.choice(list(PRODUCTS))
        lines = [{"pool": pool, "quantity": chance.randint(1, 2)} for pool in SHOWS[show] if chance.random() < 0.7]
        seats, stock = (
            lines or [{"pool": "floor", "quantity": 1}],
            [{"pool": "stock", "quantity": chance.randint(1, 3)}],
        )
        parts, kind = {f"show:{show}": seats, f"product:{product}": stock}, chance.random()
        if kind < 0.15:
            path, named = "/v1/reservations", [{"product": product, "quantity": stock[0]["quantity"]}]
            body: dict[str, Any] = {"lines": [*({"show": show, **line} for line in seats), *named]}
        elif kind < 0.65:
            path, body = f"/v1/shows/{show}/reservations", {"lines": seats}
            parts = {f"show:{show}": seats}
        else:
            path, body = f"/v1/products/{product}/reservations", {"quantity": stock[0]["quantity"]}
            parts = {f"product:{product}": stock}
        body["customer"] = customer
        answer = caller.ask("reserve", key, "POST", path, body, parts=parts, customer=customer)
        if answer and answer["id"] and answer["status"] in (201, 202):
            had.append(answer["id"])
        if had and chance.random() < 0.6:
            change(caller, f"{key}-change", had.pop(chance.randrange(len(had))))


def change(caller: Caller, key: str, reservation: str) -> None:
    """Do something with a reservation, whatever became of it."""
    what = caller.chance.choice(["confirm", "confirm", "release", "extend"])
    path = f"/v1/reservations/{reservation}"
    if what == "release":
        caller.ask(what, key, "DELETE", path, None, about=reservation)
    else:
        body = {"seconds": 20} if what == "extend" else {}
        caller.ask(what, key, "POST", f"{path}/{what}", body, about=reservation)


def submit(caller: Caller, name: str) -> None:
    """Submit jobs of the run's own types without end."""
    number = 0
    while caller.rest(2 * BETWEEN_SECONDS):
        number += 1
        key, chance = f"{name}-{number}", caller.chance
        kind = chance.choices(TYPES, weights=(10, 3, 4, 1, 0.4, 0.2, 8))[0]
        data: dict[str, Any] = {"token": key}
        options: dict[str, Any] = {"attempts": 3, "backoff": {"kind": "fixed", "delay_ms": chance.choice([50, 1_500])}}
        told: dict[str, Any] = {"type": kind, "attempts": 3}
        if kind == "chaos_steps":
            data["step_seconds"] = round(chance.uniform(0.01, 0.4), 2)
        if kind == "chaos_fragile":
            told["succeeds_at"] = data["succeeds_at"] = chance.randint(1, 4)
        if kind == "chaos_endless":
            told["attempts"] = options["attempts"] = 1
        if kind == "chaos_in_turn":
            told["of"] = options["key"] = f"key{chance.randrange(KEYS)}"
        elif chance.random() < 0.2:
            options["delay_ms"] = chance.randint(100, 4_000)
        if kind != "chaos_in_turn":  # the judge looks at their order
            options["priority"] = chance.choice(["low", "normal", "high"])
        caller.ask("job", key, "POST", "/v1/jobs", {"type": kind, "data": data, **options}, **told)


def submit_unique(caller: Caller, name: str) -> None:
    """Submit jobs that are unique without end: few keys, so that most of them meet another."""
    number = 0
    while caller.rest(BETWEEN_SECONDS):
        number += 1
        key, chance = f"{name}-{number}", caller.chance
        lasting = chance.choice(LASTING)
        unique = {
            "key": f"{lasting}-{chance.randrange(2)}",
            "while": lasting,
            "on_conflict": chance.choice(["return", "replace", "replace", "refuse"]),
        }
        body: dict[str, Any] = {"type": ALONE, "data": {"token": key}, "unique": unique}
        if chance.random() < 0.5:
            body["delay_ms"] = chance.randint(100, 1_500)
        told = {"type": ALONE, "of": unique["key"], "lasting": lasting}
        caller.ask("unique", key, "POST", "/v1/jobs", body, **told)


def notify(caller: Caller, name: str, provider: Provider) -> None:
    """Notify recipients without end; the provider treats each in its own way."""
    number = 0
    while caller.rest(2 * BETWEEN_SECONDS):
        number += 1
        key, chance = f"{name}-{number}", caller.chance
        channel = chance.choice(["webhook", "webhook", "apprise"])
        recipient = f"{channel}{letters(name)}{letters(str(number))}"
        provider.told[recipient] = chance.choice(TOLD)
        to = f"http://127.0.0.1:{provider.server_port}/{recipient}" if channel == "webhook" else recipient
        body = {"channel": channel, "to": to, "message": key, "attempts": 4}
        body["backoff"] = {"kind": "fixed", "delay_ms": 200}
        caller.ask("notify", key, "POST", "/v1/notifications", body, channel=channel, recipient=recipient)


def letters(text: str) -> str:
    """Digits as letters, since a recipient with many digits could be a telephone number."""
    return "".join(chr(ord("a") + int(one)) if one.isdecimal() else one for one in text if one.isalnum())


class Load:
    """All callers, each in a thread. Its constructor puts the shows and products on sale."""

    def __init__(self, seed: int, url: str, record: Recorder, provider: Provider) -> None:
        self.stopped, self.given_up = threading.Event(), threading.Event()

        def caller(name: str) -> Caller:
            return Caller(url, record, Random(f"{name} {seed}"), self.stopped, self.given_up)

        lay_out(caller("first"))
        work: dict[str, Callable[[Caller, str], None]] = {f"buyer{n}": reserve for n in range(5)}
        work |= {f"worker{n}": submit for n in range(2)}
        work |= {f"lone{n}": submit_unique for n in range(2)}
        work |= {f"sender{n}": lambda one, name: notify(one, name, provider) for n in range(2)}
        self._threads = [
            threading.Thread(target=do, args=(caller(name), name), daemon=True) for name, do in work.items()
        ]

    def start(self) -> None:
        """Start all callers."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Ask for nothing new; give the callers that still ask so long, together."""
        self.stopped.set()
        started = [thread for thread in self._threads if thread.ident is not None]
        deadline = time.monotonic() + seconds
        for thread in started:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.given_up.set()
        for thread in started:
            thread.join()
