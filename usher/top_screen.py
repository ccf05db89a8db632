"""The screen of `usher top`: draws frames on a terminal once a second, and does what keys say."""

import contextlib
import curses
import locale
import time
from typing import Protocol

import click

from tasks_app.errors import UsherError
from usher.top_frame import Choice, chosen_at, failed_frame, frame
from usher.top_picture import SORTS, Line, View, type_rows

READ_SECONDS = 1.0  # from one picture to the next
ESCAPE, ESCAPE_MS = 27, 25  # a key that is followed by nothing for so long is escape, and no arrow


class Readable(Protocol):
    """Where pictures come from. Raises UsherError."""

    def read(self) -> View: ...
    def failed(self, job_type: str, limit: int) -> list[tuple[str, str, str]]: ...


def show(reader: Readable, blocks: str, is_coloured: bool) -> None:
    """Until q or Ctrl-C. Raises ClickException for a terminal that cannot; UsherError if the first read fails."""
    first = reader.read()  # a server that is away is a sentence, before the screen changes
    locale.setlocale(locale.LC_ALL, "")
    try:
        curses.setupterm()
    except curses.error:
        raise click.ClickException("this terminal (TERM) cannot show it: usher top --once") from None
    curses.set_escdelay(ESCAPE_MS)
    with contextlib.suppress(KeyboardInterrupt):
        curses.wrapper(lambda screen: _Screen(screen, reader, blocks, is_coloured).run(first))


class _Screen:
    def __init__(self, screen: curses.window, reader: Readable, blocks: str, is_coloured: bool) -> None:
        self._screen, self._reader, self._blocks, self._choice = screen, reader, blocks, Choice()
        self._looks = {"head": curses.A_BOLD, "chosen": curses.A_REVERSE, "quiet": curses.A_DIM}
        self._looks |= {"error": curses.A_BOLD, "warning": curses.A_BOLD}
        if is_coloured and curses.has_colors():
            curses.use_default_colors()
            for at, (look, colour) in enumerate((("error", curses.COLOR_RED), ("warning", curses.COLOR_YELLOW)), 1):
                curses.init_pair(at, colour, -1)
                self._looks[look] = curses.color_pair(at)
        with contextlib.suppress(curses.error):  # a terminal that cannot hide its cursor
            curses.curs_set(0)

    def run(self, view: View) -> None:
        """Until q. Raises KeyboardInterrupt."""
        due = time.monotonic() + READ_SECONDS
        while True:
            self._draw(self._lines(view))
            self._screen.timeout(max(0, round((due - time.monotonic()) * 1000)))
            key = self._screen.getch()
            if key >= 0 and not self._press(key, view):
                return
            if time.monotonic() >= due:
                view = view if self._choice.is_stopped else self._next(view)
                due = time.monotonic() + READ_SECONDS

    def _next(self, view: View) -> View:
        try:
            view = self._reader.read()
        except UsherError as error:
            self._choice.trouble = f"{error} The picture is old."
        else:
            self._choice.trouble = ""
        return view

    def _lines(self, view: View) -> list[Line]:
        height, width = self._screen.getmaxyx()
        rows = type_rows(view, self._choice.sort)
        if not (self._choice.is_open and rows):
            return frame(view, self._choice, width, height, self._blocks)
        try:
            job_type = rows[chosen_at(rows, self._choice)].name
            return failed_frame(job_type, self._reader.failed(job_type, height), width, height)
        except UsherError as error:
            return [Line(f"error: {error}", "error")]

    def _draw(self, lines: list[Line]) -> None:
        self._screen.erase()
        height, width = self._screen.getmaxyx()
        for at, line in enumerate(lines[:height]):
            with contextlib.suppress(curses.error):  # the last cell of the screen: the cursor has nowhere to go
                self._screen.addnstr(at, 0, line.text, width, self._looks.get(line.look, 0))
        self._screen.refresh()

    def _press(self, key: int, view: View) -> bool:
        """What a key does; False = the end."""
        choice, letter = self._choice, chr(key) if key < 128 else ""
        rows = type_rows(view, choice.sort)
        if letter == "q":
            return False
        if letter == "p":
            choice.is_stopped = not choice.is_stopped
        elif letter in ("j", "k") or key in (curses.KEY_DOWN, curses.KEY_UP):
            step = 1 if letter == "j" or key == curses.KEY_DOWN else -1
            at = min(max(chosen_at(rows, choice) + step, 0), len(rows) - 1)
            choice.type = rows[at].name if rows else ""
        elif letter in ("l", "\n", "\r") or key in (curses.KEY_ENTER, curses.KEY_RIGHT):
            choice.is_open = bool(rows)
            choice.type = rows[chosen_at(rows, choice)].name if rows else ""
        elif letter in ("h", "\x7f", "\x08") or key in (ESCAPE, curses.KEY_LEFT, curses.KEY_BACKSPACE):
            choice.is_open = False
        elif letter in SORTS:
            choice.sort = letter
        elif key == curses.KEY_RESIZE:  # terminals wrap or drop what was there, so all of it is drawn anew
            self._screen.clear()
        return True
