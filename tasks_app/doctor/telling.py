"""What the doctor says: for people, and for programs."""

from dataclasses import asdict
from typing import Any

from tasks_app.doctor.findings import Report
from tasks_app.text import counted, one_line


def as_text(report: Report) -> str:
    """A line for each finding, with what to do below it; the errors first."""
    lines = []
    for finding in sorted(report.findings, key=lambda one: one.level):  # error before warning
        lines += [f"{finding.level}: {one_line(finding.what)}", f"    {one_line(finding.remedy)}"]
    for why in dict.fromkeys(why for _, why in report.unseen):
        names = ", ".join(name for name, its in report.unseen if its == why)
        lines += [f"not looked at: {names}", f"    {one_line(why[:1].upper() + why[1:])}"]
    found = counted(len(report.findings), "finding") if report.findings else "Nothing is wrong"
    looked = f"{counted(len(report.looked_at), 'check')} looked, {len(report.unseen)} could not."
    return "\n".join((*lines, f"{found}; {looked}"))


def as_json(report: Report) -> dict[str, Any]:
    """
    {"status": "ok" | "warning" | "error", "findings": [{check, level, what, remedy}], "looked_at": [check],
    "unseen": [{check, why}]}
    """
    findings = [asdict(finding) for finding in report.findings]
    unseen = [{"check": name, "why": why} for name, why in report.unseen]
    return {"status": report.status, "findings": findings, "looked_at": report.looked_at, "unseen": unseen}
