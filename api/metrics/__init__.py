"""What Prometheus reads."""

from api.metrics import metrics

__all__ = [
    "metrics",
]
