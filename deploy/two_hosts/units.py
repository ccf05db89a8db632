"""Units of systemd as text: which keys a unit has, with its drop-ins, and what its lines mean."""

import shlex
from dataclasses import dataclass
from pathlib import Path

Section = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `sections`: name -> key -> all its values in order; an empty assignment has removed those before it."""

    name: str
    sections: dict[str, Section]

    def values(self, section: str, key: str) -> list[str]:
        """All values of a key; none if it is not set."""
        return self.sections.get(section, {}).get(key, [])

    def value(self, section: str, key: str, default: str = "") -> str:
        """The last value of a key, which is the one in force."""
        return (self.values(section, key) or [default])[-1]

    def commands(self, key: str) -> list[list[str]]:
        """Each command of `ExecStart` and its like, in words, without the marks in front."""
        return [shlex.split(line.lstrip("-@:+!")) for line in self.values("Service", key)]

    def environment(self) -> dict[str, str]:
        """The variables of all its `Environment` lines."""
        pairs = (pair for line in self.values("Service", "Environment") for pair in shlex.split(line))
        return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}

    def credentials(self) -> dict[str, Path]:
        """The files of `LoadCredential`: name -> where root keeps it."""
        return {
            name: Path(path)
            for name, _, path in (line.partition(":") for line in self.values("Service", "LoadCredential"))
        }


def read(name: str, *places: Path) -> Unit:
    """
    The unit of this name from the first place that has it, with the drop-ins of all places: `usher-web.service` also
    has those of `usher-.service.d`. Raises FileNotFoundError if no place has it.
    """
    file = next((place / name for place in places if (place / name).is_file()), None)
    if file is None:
        raise FileNotFoundError(f"There is no unit {name}.")
    stem, _, kind = name.rpartition(".")
    parts = stem.split("-")
    prefixes = [f"{'-'.join(parts[:length])}-.{kind}.d" for length in range(1, len(parts))]
    drop_ins = [
        one
        for folder in (*prefixes, f"{name}.d")
        for place in places
        for one in sorted((place / folder).glob("*.conf"))
    ]
    sections: dict[str, Section] = {}
    for path in (file, *drop_ins):
        _add(path.read_text(encoding="utf-8"), sections)
    return Unit(name, sections)


def _add(text: str, sections: dict[str, Section]) -> None:
    section: Section = {}
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
            continue
        key, _, value = (part.strip() for part in line.partition("="))
        if value:
            section.setdefault(key, []).append(value)
        else:
            section[key] = []


def seconds(value: str) -> float:
    """A span of time such as `45`, `10min` or `2s`, in seconds. Raises ValueError."""
    for unit, factor in {"min": 60, "ms": 0.001, "s": 1, "h": 3600}.items():
        if value.endswith(unit):
            return float(value.removesuffix(unit)) * factor
    return float(value)


def settings_file(text: str) -> dict[str, str]:
    """The variables of an `EnvironmentFile`."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and line[0] not in "#;")
    return {name: " ".join(shlex.split(value)) for name, _, value in pairs}
