"""Counts for /metrics what no reader could add up at a request: the units of all shows, memory by kind of key."""

from worker.census.census import Census

__all__ = ["Census"]
