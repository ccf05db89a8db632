"""`usher doctor`: looks at a running Usher and says what is wrong and what to do. It changes nothing."""

from ops.doctor.examination import CHECKS, examine

__all__ = ["CHECKS", "examine"]
