"""What is wrong with a running Usher: how checks are made and told, and the checks that any program can do."""

from tasks_app.doctor import work
from tasks_app.doctor.current import CurrentFindings
from tasks_app.doctor.examination import Check, Sight, examine
from tasks_app.doctor.findings import Finding, Level, Report, UnseenError
from tasks_app.doctor.telling import as_json, as_text

__all__ = [
    "Check",
    "CurrentFindings",
    "Finding",
    "Level",
    "Report",
    "Sight",
    "UnseenError",
    "as_json",
    "as_text",
    "examine",
    "work",
]
