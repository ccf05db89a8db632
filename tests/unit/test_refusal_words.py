"""The buyers' page has words for every refusal that docs/reservations.md names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "api" / "pages" / "static" / "modules" / "refusals.js"


def codes_of_the_document() -> set[str]:
    text = (ROOT / "docs" / "reservations.md").read_text()
    table = text.split("| code | status | meaning |")[1].split("\n\n")[0]
    return {
        code for row in table.splitlines() for code in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }


def test_each_refusal_has_words_for_buyers() -> None:
    words = set(re.findall(r"^  (\w+): ", MODULE.read_text(), re.MULTILINE))
    codes = codes_of_the_document()
    assert {"sold_out", "hold_expired", "idempotency_key_reused"} <= codes
    assert codes - words == set()
