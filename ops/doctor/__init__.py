"""`usher doctor`: looks at a running Usher and says what is wrong and what to do. It changes nothing."""

from ops.doctor.examination import CHECKS, examine
from ops.doctor.findings import Finding, Report
from ops.doctor.telling import as_json, as_text

__all__ = ["CHECKS", "Finding", "Report", "as_json", "as_text", "examine"]
