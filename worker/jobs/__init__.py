"""Doing jobs of any type: turns, handlers, outcomes, slots."""
