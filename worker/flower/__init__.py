"""Tells Flower of jobs, whatever carried them."""

from worker.flower import broker
from worker.flower.feed import FlowerFeed

__all__ = [
    "FlowerFeed",
    "broker",
]
