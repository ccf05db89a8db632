"""Part 7 of the course: sends the notifications of part 6, which is to print them. Ctrl-C ends it."""

from tasks_app.classic import PUSH_CODE
from worker.handlers import classic
from worker.processor import process

process(PUSH_CODE, 1, classic.send)
