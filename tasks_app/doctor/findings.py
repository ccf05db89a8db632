"""What the doctor finds."""

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["warning", "error"]
EXIT_CODES: dict[str, int] = {"ok": 0, "warning": 1, "error": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong. `what` and `remedy` are sentences; neither shows a secret. `check` is set by `examine`."""

    level: Level
    what: str
    remedy: str
    check: str = ""


class UnseenError(Exception):
    """A check could not look; its text is a sentence that says at what, and why."""


@dataclass(slots=True)
class Report:
    """Everything that was found, the names of the checks that looked, and what nobody could look at."""

    findings: list[Finding] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    unseen: list[tuple[str, str]] = field(default_factory=list)  # check, why

    @property
    def status(self) -> Literal["ok", "warning", "error"]:
        """The worst that was found. What could not be looked at is no fault."""
        levels = {finding.level for finding in self.findings}
        return "error" if "error" in levels else "warning" if levels else "ok"

    @property
    def exit_code(self) -> int:
        """0 = nothing is wrong, 1 = warnings, 2 = errors; for a monitor."""
        return EXIT_CODES[self.status]
