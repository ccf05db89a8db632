"""Lines for people: a caller's text stays within one line of ours and moves no cursor, whatever it holds."""

import json
import re

# Characters that end a line, control a terminal (C0, C1), are hidden or change the reading direction (bidi, zero
# width), or are no character at all (half a surrogate pair). A tab stays.
UNSEEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
FORMULA = re.compile(r"[=@\t\r-]|\+(?![0-9]+$)|'+[=@\t\r+-]")  # a telephone number is none; with an apostrophe: quoted


def one_line(text: str) -> str:
    r"""The text, with unseen characters written as Python does: `\n`, `\x1b`, `\u202e`."""
    return UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def for_spreadsheets(text: str) -> str:
    """A cell of CSV. An apostrophe comes before what a spreadsheet would take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def seen(text: str) -> str:
    """One line as pages show it: U+FFFD stands for each unseen character. modules/words.js does the same."""
    return UNSEEN.sub("\ufffd", text)


def lines(text: str) -> str:
    """The same for a text of several lines, such as a traceback; its line ends stay."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def json_lines(text: str) -> str:
    """JSON, in which characters that are unseen stand as JSON's own escapes, so it reads back unchanged."""
    return UNSEEN.sub(lambda found: found[0] if found[0] == "\n" else json.dumps(found[0], allow_nan=False)[1:-1], text)
