"""Usher without servers, for tests of a user's own handlers."""

from worker.testing.simulation import Simulation

__all__ = ["Simulation"]
