"""What the answers of the providers mean: one table, a row for each channel and answer. Data, so that it can be read.

Sources of the rows: RFC 8030 and RFC 8292 and what the push services do (Web Push), Standard Webhooks and RFC 9110
(webhooks), RFC 5321 (mail). What no row names is in doubt: the request may have had its effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from worker.notifications.channels import Reply

Action = Literal["sent", "retry", "wait", "permanent", "remove_subscription", "suppress", "pause", "in_doubt"]
Concern = Literal["recipient", "account", "service"]

SHORTEST_WAIT_SECONDS = 1.0  # "Retry-After: 0" is not obeyed to the letter, or two would be a loop
LONGEST_WAIT_SECONDS = 86_400.0  # nor is one of years: a mistyped date must not silence a recipient for ever
LONGEST_PAUSE_SECONDS = 3_600.0  # of everybody: some recipients on a shared host could agree to ask for a day
THROUGHOUT = " throughout"  # after a row's name: see rests.py


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    What to do about an answer.

    sent                 done
    retry                this message again, after the wait or the job's own backoff, whichever is longer
    wait                 all for this recipient again after the wait; costs no attempt
    permanent            never again
    remove_subscription  never again; the subscription is dead, delete it
    suppress             never again; the address asks not to be called, put it on the suppression list
    pause                as `wait`, for everybody in the channel's scope()
    in_doubt             it may have arrived: the channel's policy decides; to send again is right only after the wait

    `concerns` says whom the answer is about: this recipient; us as an account, whose credentials or settings are not
    taken, so that a person should look; or the service. A recipient may have chosen the service, or share it with
    others: what could be about either is about the recipient, until it comes to several in a row.

    `disproved_seconds`: of a row of THROUGHOUT: it does not hold when somebody was accepted within that time.

    `attempts`: with so many made, a `retry` is permanent; 0 = as many as the job has. `code` is that of its error.
    """

    action: Action
    wait_seconds: float = 0.0
    concerns: Concern = "recipient"
    code: str = ""
    attempts: int = 0
    disproved_seconds: float = 0.0


Rows = Mapping[str, Meaning]

SENT, PERMANENT, DOUBT = Meaning("sent"), Meaning("permanent"), Meaning("in_doubt", 10)
WAIT, QUIET = Meaning("wait", 60), Meaning("pause", 60, "service")
LOCKED_OUT = Meaning("pause", 300, "account")
# The key does not fit this subscription, which was made with another. Once more could be too early: a key that was just
# replaced is not known everywhere at once.
KEY_REFUSED = Meaning("retry", 60, code="key_refused", attempts=3)

# What our side of the wire says, on every channel.
OWN: Rows = {
    "not_connected": Meaning(
        "retry", 5, "service"
    ),  # refused, no route, no such name, handshake too slow: nothing was written
    "tls_failed": Meaning(
        "retry", 60, "service"
    ),  # nothing was written; certificates are renewed in minutes, not in seconds
    "timeout_after_write": DOUBT,
    "reset_after_write": DOUBT,
    "unreadable_answer": DOUBT,
    "rejected_address": PERMANENT,
    "forbidden_address": PERMANENT,
    "rejected_config": Meaning("permanent", concerns="account"),
}

# "4xx" speaks for every status of its class without a row; "503 Retry-After" for a 503 that names a time.
HTTP: Rows = {
    "2xx": SENT,
    "3xx": PERMANENT,  # redirects are not followed: the address must be corrected
    "302": Meaning("retry", 60),  # moved for the moment, as during maintenance
    "307": Meaning("retry", 60),
    "4xx": PERMANENT,  # the same request would be wrong again
    "408": Meaning("retry", 10),
    "425": Meaning("retry", 10),
    "429": WAIT,  # RFC 6585 leaves open what it counts: requests for this resource, or of us
    "429 throughout": QUIET,
    "5xx": Meaning("retry", 10),  # may have been delivered all the same: the id that stays lets the receiver see it
    "501": PERMANENT,
    "503 Retry-After": WAIT,  # RFC 9110: so long it is unavailable, which a host of many says for one of them
    "503 Retry-After throughout": QUIET,
}

OUTCOMES: Mapping[str, Rows] = {
    "console": {**OWN, "printed": SENT, "not_printed": Meaning("retry", 1)},
    "webhook": {
        **OWN,
        **HTTP,
        "410": Meaning("suppress"),  # Standard Webhooks: the endpoint is gone and wants no more
    },
    "webpush": {
        **OWN,
        **HTTP,
        "400": PERMANENT,  # no TTL, a Topic too long, bad encryption: our fault
        # A fresh token was refused too. RFC 8292 4.2 says 403 for the key of another; Mozilla says 401, as for a token
        # that nobody can read. One token is for all of a push service: if it took one lately, it can read our tokens.
        "401": KEY_REFUSED,
        "401 throughout": replace(LOCKED_OUT, disproved_seconds=3_600),
        "403": KEY_REFUSED,
        "404": Meaning("remove_subscription"),  # RFC 8030 says 404, the push services also say 410
        "410": Meaning("remove_subscription"),
        "413": PERMANENT,
        "too_large": PERMANENT,
        "no_subscription": PERMANENT,
        "rejected_subscription": PERMANENT,
    },
    # All but the first after a no of Apprise. What may have been taken is in doubt, as no id lets the receiver see two.
    "apprise": {
        **OWN,
        "apprise_sent": SENT,
        "apprise_failed": DOUBT,  # by a service that uses neither HTTP nor SMTP, so that nothing was seen
        "2xx": DOUBT,  # taken, but its answer was cut, or this was a login or a part and another request failed
        "3xx": DOUBT,
        "4xx": PERMANENT,
        "401": LOCKED_OUT,  # our login at the service
        "402": LOCKED_OUT,  # no credit
        "403": Meaning("retry", 60),  # who has blocked us, or our account
        "403 throughout": LOCKED_OUT,
        **{status: HTTP[status] for status in ("408", "425", "429", "503 Retry-After")},
        **dict.fromkeys(("429 throughout", "503 Retry-After throughout"), QUIET),
        "5xx": DOUBT,
        "not_mailed": LOCKED_OUT,  # STARTTLS or the login failed: a mail server has nothing before DATA
        "sender_refused": LOCKED_OUT,  # 5yz to MAIL
        "mail_deferred": Meaning("retry", 60),  # RFC 5321 4yz, greylisting among them
        "mail_refused": PERMANENT,  # 5yz to RCPT or DATA
    },
}


def meaning(channel_name: str, answer: Reply, throughout: bool = False) -> Meaning:
    """
    What this answer means on this channel, the provider's own Retry-After obeyed; `throughout`: after it came to
    several recipients in a row. Channels without rows: HTTP's.
    """
    rows = OUTCOMES.get(channel_name, {**OWN, **HTTP})
    names = [answer.code]
    if answer.retry_after_seconds is not None:
        names.insert(0, f"{answer.code} Retry-After")
    if throughout:
        names = [f"{name}{THROUGHOUT}" for name in names] + names
    if len(answer.code) == 3 and answer.code.isdecimal():
        names.append(f"{answer.code[0]}xx")
    row = next((rows[name] for name in names if name in rows), OWN["unreadable_answer"])
    if answer.retry_after_seconds is None or row.action not in ("retry", "wait", "pause"):
        return row
    longest_seconds = LONGEST_PAUSE_SECONDS if row.action == "pause" else LONGEST_WAIT_SECONDS
    wait_seconds = min(max(answer.retry_after_seconds, SHORTEST_WAIT_SECONDS), longest_seconds)
    return replace(row, wait_seconds=wait_seconds)
