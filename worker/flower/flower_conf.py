"""Flower's configuration, which Flower reads as it starts. Its options: ops/programs.py."""

from tasks_app.program import own_usher
from worker.flower import broker

broker.install(own_usher().jobs)
