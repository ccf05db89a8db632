"""The documents say what is there: links lead somewhere, and the names beside them are in those files."""

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
    from tasks_app.settings import Settings

    text = (ROOT / "docs/operations.md").read_text()
    known = {f"USHER_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"`(USHER_[A-Z_]+[A-Z])`", text))
    assert named
    assert named <= known
