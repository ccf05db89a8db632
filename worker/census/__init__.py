"""Counts what no reader could add up at a request: the units of all shows, memory by kind of key; and the history."""

from worker.census.census import Census
from worker.census.sampler import Sampler

__all__ = ["Census", "Sampler"]
