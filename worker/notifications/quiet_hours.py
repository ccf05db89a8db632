"""Quiet hours: when the recipient must not be disturbed, in the recipient's own time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tasks_app.text import JsonObject

Policy = Literal["defer", "skip", "override"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the recipient's clock; the window may go over midnight."""

    start: time
    end: time
    zone: ZoneInfo
    policy: Policy

    @classmethod
    def parse(cls, data: JsonObject) -> "QuietHours":
        """From {"from": "22:00", "to": "08:00", "zone": "Europe/Berlin", "policy": "defer"}."""
        start, end = time.fromisoformat(data["from"]), time.fromisoformat(data["to"])
        return cls(start, end, ZoneInfo(data["zone"]), data.get("policy", "defer"))

    def ends_ms(self, now_ms: int) -> int | None:
        """When the window that is open at `now_ms` ends, unix ms; None when it is not open."""
        now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self.zone)
        clock = now.time()
        over_midnight = self.end <= self.start
        late, early = clock >= self.start, clock < self.end
        if not ((late or early) if over_midnight else (late and early)):
            return None
        day = now.date() + timedelta(days=1) if over_midnight and late else now.date()
        # The window is in wall-clock time; the zone converts it to UTC, also in the night when clocks change.
        end = datetime.combine(day, self.end, self.zone)
        ends_ms = int(end.timestamp() * 1000)
        # When clocks go back, an hour comes twice; in the second one, the second end is meant.
        return ends_ms if ends_ms > now_ms else int(end.replace(fold=1).timestamp() * 1000)
