"""Check of the limits of keys: is a key refused for longer than a caller waits?"""

from collections.abc import Iterator

from ops.doctor.sight import Sight
from tasks_app.access import Allowances, ApiKey, KeyStore, now_ms
from tasks_app.configuration import Rate, parse_rate
from tasks_app.doctor import Finding
from tasks_app.text import NAMED, listed

LONG_SECONDS = 60.0


def debts(sight: Sight) -> Iterator[Finding]:
    """No key owes more than its rate makes up for in a minute."""
    allowances, owing = Allowances(sight.state), list[tuple[float, ApiKey, Rate]]()
    for key in KeyStore(sight.state).listed():
        rate = parse_rate(key.rate or sight.settings.rate)
        if rate is None or not key.is_valid(now_ms()):
            continue
        owed_seconds = allowances.owed_seconds(key.id, rate)
        if owed_seconds > LONG_SECONDS:
            owing.append((owed_seconds, key, rate))
    if len(owing) > NAMED:
        owing.sort(key=lambda one: -one[0])
        named = listed([f"{key.id} of {key.owner} ({seconds:.0f} s)" for seconds, key, _ in owing])
        what = (
            f"Every request with {len(owing)} keys is refused for long, as batches have used up their rates: {named}."
        )
        yield Finding("warning", what, "Give them higher rates (usher key limit ID --rate ...), or send less.")
        return
    for owed_seconds, key, rate in owing:
        yield Finding(
            "warning",
            f"Every request with the key {key.id} of {key.owner} is refused for another {owed_seconds:.0f} s:"
            f" batches have used up its rate of {rate.requests} in {rate.seconds} s.",
            f"Give it a higher rate (usher key limit {key.id} --rate ...), which begins anew, or send less.",
        )
