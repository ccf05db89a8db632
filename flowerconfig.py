"""Flower's configuration, which it reads from the directory that it starts in. Its options stand in the Procfile."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))  # Flower reads this before Celery makes the directory known to Python

from worker.flower import broker as flower_broker

flower_broker.install()
