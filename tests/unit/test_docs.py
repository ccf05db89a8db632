"""The documents are true: links lead somewhere, and the names beside them are in those files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "examples" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)#\s]+)\)(?: \(`(?P<after>\w+)`\))?")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_the_name_beside_it(document):
    for link in LINK.finditer(document.read_text()):
        if "://" in link["target"]:
            continue
        target = document.parent / link["target"]
        assert target.exists(), f"{document.name}: {link['target']}"
        named = link["after"] or (re.fullmatch(r"`(\w+)`", link["text"]) or [None, None])[1]
        if named and target.suffix == ".py":
            assert re.search(rf"\b(def |class )?{named}\b", target.read_text()), f"{named} is not in {link['target']}"


def test_the_settings_that_operations_names_exist():
    from tasks_app.configuration.settings import Settings

    text = (ROOT / "docs/operations.md").read_text()
    known = {f"USHER_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"`(USHER_[A-Z_]+[A-Z])`", text))
    assert named
    assert named <= known


def test_the_table_of_meanings_in_the_documents_is_that_of_the_code():
    from tasks_app.configuration.channel_names import CHANNELS
    from tests.channels import KNOWN

    # Given each row of the document, for each of its channels
    row = re.compile(r"\| `([^`]+)` \| ([a-z, ]+) \| `(\w+)` \| (\d+) \| (\w+) \|(.*)\|")
    told = [
        ((channel, match[1]), (match[3], float(match[4]), match[5], match[6].strip()))
        for match in map(row.fullmatch, (ROOT / "docs/meanings.md").read_text().splitlines())
        if match
        for channel in match[2].split(", ")
    ]

    # Then it is a row of the table, and each row of the table is there once
    table = {(channel, answer): one for channel in CHANNELS for answer, one in KNOWN.terms(channel).answers.items()}
    assert sorted(place for place, _ in told) == sorted(table)
    for place, (action, wait_seconds, concerns, besides) in told:
        one = table[place]
        notes = [f"`{one.code}`"] if one.code else []
        if one.attempts:
            notes.append(f"after {one.attempts} attempts permanent")
        if one.disproved_seconds:
            notes.append(f"not if somebody was accepted within {one.disproved_seconds:g} s")
        expected = (one.action, one.wait_seconds, one.concerns, "; ".join(notes))
        assert (action, wait_seconds, concerns, besides) == expected, place
