"""What the providers' answers mean: the rows of the channel, and the provider's own Retry-After."""

from dataclasses import replace

from tasks_app.notifications import CONNECTION, THROUGHOUT, Meaning, Reply, Rows

SHORTEST_WAIT_SECONDS = 1.0  # not 0 as in "Retry-After: 0": repeated answers of that kind would make a loop
LONGEST_WAIT_SECONDS = 86_400.0  # not years: a mistyped date must not silence a recipient for ever
LONGEST_REST_SECONDS = 3_600.0  # for all recipients: some recipients on a shared host could agree to ask for a day


def meaning(rows: Rows, answer: Reply, throughout: bool = False) -> Meaning:
    """
    What this answer means by the rows of its channel, with the provider's own Retry-After; `throughout`: several
    recipients in a row have got it.
    """
    names = [answer.code]
    if answer.retry_after_seconds is not None:
        names.insert(0, f"{answer.code} Retry-After")
    if throughout:
        names = [f"{name}{THROUGHOUT}" for name in names] + names
    if len(answer.code) == 3 and answer.code.isdecimal():
        names.append(f"{answer.code[0]}xx")
    row = next((rows[name] for name in names if name in rows), CONNECTION["unreadable_answer"])
    if answer.retry_after_seconds is None or row.action not in ("retry", "wait", "rest"):
        return row
    longest_seconds = LONGEST_REST_SECONDS if row.action == "rest" else LONGEST_WAIT_SECONDS
    wait_seconds = min(max(answer.retry_after_seconds, SHORTEST_WAIT_SECONDS), longest_seconds)
    return replace(row, wait_seconds=wait_seconds)
