"""What the pages' modules ask about permissions: each is one that there is."""

import re
from pathlib import Path

import api.pages
from api.access import Permission

MODULES = Path(api.pages.__file__).parent / "static" / "modules"


def test_each_permission_that_a_module_asks_about_is_one():
    asked = {name for path in MODULES.glob("*.js") for name in re.findall(r"\bmay\(\"(\w+)\"\)", path.read_text())}
    assert "survey" in asked
    assert asked - {one.name.lower() for one in Permission} == set()
