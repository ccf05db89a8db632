"""Part 9 of the course: sends the notifications of part 8, two at a time, but none to a blacklisted number."""

from tasks_app.classic import PUSH_CODE_2
from worker.handlers import classic
from worker.processor import process

process(PUSH_CODE_2, 2, classic.send_unless_blacklisted)
