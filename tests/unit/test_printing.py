"""How a caller's text is shown to people."""

import json

import pytest

from tasks_app.notifications.sends import Notification
from tasks_app.text.printing import UNSEEN, json_lines, lines, one_line, seen
from worker.notifications.channels.console import Console


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Zürich\t7 \U0001f3ad", "Zürich\t7 \U0001f3ad"),
        ("a\nweb | b\r", r"a\nweb | b\r"),
        ("\x1b[2J\x9b1A\x7f\x00", r"\x1b[2J\x9b1A\x7f\x00"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\u202eevil\u2066\u200b\ufeff", r"\u202eevil\u2066\u200b\ufeff"),
        ("half \udcff", r"half \udcff"),
    ],
)
def test_invisible_characters_are_shown_escaped(given: str, shown: str) -> None:
    assert one_line(given) == shown
    assert json.loads(json_lines(json.dumps([given], ensure_ascii=False))) == [given]
    assert len(seen(given)) == len(given)
    assert not UNSEEN.search(seen(given) + json_lines(json.dumps([given], ensure_ascii=False)))
    assert lines(f"{given.replace(chr(10), ' ')}\nend").endswith("\nend")


def test_a_message_cannot_forge_a_line_of_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    notification = Notification("1", "ada\r\x1b[1A", "hello\nweb | all is lost \udcff")
    assert Console().send(notification).code == "printed"
    said = capsys.readouterr().out
    assert said == r"Sending notification to ada\r\x1b[1A, with message: hello\nweb | all is lost \udcff" + "\n"
