"""The place of a queued job in its backlog, a score: its level, and the us of its arrival (lua/jobs/places.lua)."""

LEVEL, SINCE_MS = 2**50, 1_735_689_600_000  # from one level to the next; 2025, unix ms


def queued_ms(place: float) -> float:
    """When a job with this place was queued, unix ms by the state's clock."""
    return place % LEVEL / 1000 + SINCE_MS
