"""Flower's configuration, which it reads from the directory that it starts in. Its options stand in the Procfile."""

from worker import flower_broker

flower_broker.install()
