"""The code blocks of the chapter "Two hosts" of docs/operations.md, in order, each with the hosts that it names."""

import re
from dataclasses import dataclass
from pathlib import Path

CHAPTER = re.compile(r"^## Two hosts\n(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACES = {"# on both hosts": ("front", "back"), "# on front": ("front",), "# on back": ("back",)}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a shell, as they stand in the document, for these hosts."""

    hosts: tuple[str, ...]
    script: str


def blocks(document: Path) -> list[Block]:
    """All blocks of the chapter. Raises ValueError for one that does not begin by saying where it runs."""
    chapter = CHAPTER.search(document.read_text(encoding="utf-8"))
    if chapter is None:
        raise ValueError(f'{document} has no chapter "Two hosts".')
    found = []
    for script in BLOCK.findall(chapter[1]):
        first = script.splitlines()[0]
        place = next((hosts for words, hosts in PLACES.items() if first.startswith(words)), None)
        if place is None:
            raise ValueError(f"A block begins with {first!r}, not with where it runs: {', '.join(PLACES)}.")
        found.append(Block(place, script))
    return found
