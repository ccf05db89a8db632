"""Shows jobs in Flower, instead of the messages that carry them."""

from worker.flower import broker, door
from worker.flower.feed import FlowerFeed

__all__ = [
    "FlowerFeed",
    "broker",
    "door",
]
