"""Flower's configuration, which Flower reads as it starts. Its options: ops/programs.py."""

from tasks_app import logs
from tasks_app.program import own_usher
from worker.flower import broker, door

usher = own_usher()
logging = usher.settings.log_level  # an option of Flower's; the handler that it finds is ours
logs.name_process("flower")
logs.set_up(usher.settings)
broker.install(usher.jobs)
door.install(usher.flower_pass)
