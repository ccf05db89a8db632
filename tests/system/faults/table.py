"""The table of docs/faults.md: read, and written by `pytest --write-faults`."""

from dataclasses import astuple, dataclass

from tests.system.processes import ROOT

DOCUMENT = ROOT / "docs/faults.md"
HEAD = "| fault | new jobs | `/readyz` | `/metrics` | alerts | `usher doctor` |"


@dataclass(frozen=True, slots=True)
class Row:
    """What each instrument says about one fault."""

    fault: str
    callers: str
    readiness: str
    metrics: str
    alerts: str
    doctor: str

    def __str__(self) -> str:
        return f"| {' | '.join(astuple(self))} |"


def rows() -> dict[str, Row]:
    """Fault -> its row in the document."""
    found = {}
    lines = iter(DOCUMENT.read_text().splitlines())
    for line in lines:
        if line == HEAD:
            next(lines)
            break
    for line in lines:
        if not line.startswith("|"):
            break
        row = Row(*(cell.strip() for cell in line.strip("|").split("|")))
        found[row.fault] = row
    return found


def write(row: Row) -> None:
    """Put this row in the place of the one about the same fault, or after the last."""
    lines = DOCUMENT.read_text().splitlines()
    begin = lines.index(HEAD) + 2
    end = next((at for at in range(begin, len(lines)) if not lines[at].startswith("|")), len(lines))
    for at in range(begin, end):
        if lines[at].startswith(f"| {row.fault} |"):
            lines[at] = str(row)
            break
    else:
        lines.insert(end, str(row))
    DOCUMENT.write_text("\n".join(lines) + "\n")
