"""
What an answer of a provider can mean, and the rows that channels share. Data, so that it can be read.

Sources of the rows: RFC 9110, RFC 6585. What no row names is in doubt: the request may have had its effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Action = Literal["sent", "retry", "wait", "permanent", "remove_subscription", "suppress", "pause", "in_doubt"]
Concern = Literal["recipient", "account", "service"]

THROUGHOUT = " throughout"  # after a row's name: see worker/notifications/rests.py


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
