"""A job that somebody made to harm whoever looks at it: markup, escapes of terminals, turned text, and much of it."""

from typing import Any

# HTML, control characters of terminals (7 and 8 bits), turned text, an escape of a title, and no place to break
EVIL = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;{{7*7}}${7*7}"
    "\u202egnp.exe\u2066\u200b\x1b[2J\x1b]0;owned\x07\x9b31m\r\nforged\x00"
)
UNBROKEN = "W" * 400
LARGE_CHARACTERS = 256_000
LEVELS = 90  # arrays in one another; the API takes 100


def deep() -> Any:
    found: Any = EVIL
    for _ in range(LEVELS):
        found = [found]
    return found


def poison() -> dict[str, Any]:
    """Data of a job, of some 260 kB."""
    return {
        "evil": EVIL,
        EVIL: EVIL,
        UNBROKEN: UNBROKEN,
        "__proto__": {"isAdmin": True},
        "deep": deep(),
        "large": "y" * LARGE_CHARACTERS,
    }
