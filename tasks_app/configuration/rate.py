"""Rate: how many requests may come in a second, a minute, an hour or a day, and as it is written: 100/s, 600/m."""

import re
from functools import lru_cache
from typing import NamedTuple

COUNT_AT_MOST = 1_000_000
UNLIMITED = "none"  # in place of a rate or a number of streams
FORM = re.compile(r"([1-9][0-9]{0,6})/([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
SENTENCE = f"a rate is written as 100/s, 600/m, 5000/h or 50000/d, with a number up to {COUNT_AT_MOST}, or none"


class Rate(NamedTuple):
    """`requests` in `seconds`; as many may come at once. A tuple, since each request looks its key's one up."""

    requests: int
    seconds: int

    @property
    def interval_ms(self) -> float:
        """The time between two requests that come evenly, ms."""
        return 1000 * self.seconds / self.requests


@lru_cache(256)
def parse_rate(text: str) -> Rate | None:
    """The rate that is written so; None = `none`. Raises ValueError with a sentence."""
    if text == UNLIMITED:
        return None
    found = FORM.fullmatch(text)
    if not found or int(found[1]) > COUNT_AT_MOST:
        raise ValueError(SENTENCE)
    return Rate(int(found[1]), SECONDS[found[2]])


def checked_rate(text: str) -> str:
    """The text. Raises ValueError unless it is a rate, or `none`."""
    parse_rate(text)
    return text
