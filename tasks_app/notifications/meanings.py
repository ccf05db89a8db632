"""
What an answer of a provider can mean, and the rows that channels share. They are data, so that people can read them.

Sources of the rows: RFC 9110, RFC 6585. An answer without a row is in doubt: the request may have had its effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Action = Literal["sent", "retry", "wait", "permanent", "remove_subscription", "suppress", "rest", "in_doubt"]
Concern = Literal["recipient", "account", "service"]

THROUGHOUT = " throughout"  # suffix of a row's name: see worker/notifications/rests.py


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    What to do about an answer.

    sent                 done
    retry                send this message again, after the wait or the job's own backoff, whichever is longer
    wait                 send all messages for this recipient after the wait; costs no attempt
    permanent            never send it again
    remove_subscription  never send it again; the subscription is dead, delete it
    suppress             never send it again; the recipient wants no messages: add the address to the suppression list
    rest                 as `wait`, for all recipients in the channel's scope()
    in_doubt             it may have arrived: the channel's policy decides; send it again only after the wait

    `concerns` says whom the answer is about: this recipient; our account, whose credentials or settings the provider
    does not accept, so that a person should look; or the service. A recipient may have chosen the service, or share it
    with others: an answer that could be about either is about the recipient, until several in a row get it.

    `disproved_seconds`: in a row with THROUGHOUT: the row does not hold if the service accepted a message within that
    time.

    `attempts`: after so many attempts, a `retry` is permanent; 0 = as many as the job has. `code` is the error's code.
    """

    action: Action
    wait_seconds: float = 0.0
    concerns: Concern = "recipient"
    code: str = ""
    attempts: int = 0
    disproved_seconds: float = 0.0


Rows = Mapping[str, Meaning]

SENT, PERMANENT, DOUBT = Meaning("sent"), Meaning("permanent"), Meaning("in_doubt", 10)
WAIT, QUIET = Meaning("wait", 60), Meaning("rest", 60, "service")
LOCKED_OUT = Meaning("rest", 300, "account")

# What our own side of the connection reports, on every channel.
CONNECTION: Rows = {
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

# "4xx" is the row for every status of its class that has none of its own; "503 Retry-After" for a 503 that names a
# time.
HTTP: Rows = {
    "2xx": SENT,
    "3xx": PERMANENT,  # Usher follows no redirects: the address must be corrected
    "302": Meaning("retry", 60),  # moved temporarily, as during maintenance
    "307": Meaning("retry", 60),
    "4xx": PERMANENT,  # the same request would fail again
    "408": Meaning("retry", 10),
    "425": Meaning("retry", 10),
    "429": WAIT,  # RFC 6585 leaves open what is limited: requests for this resource, or ours
    "429 throughout": QUIET,
    "5xx": Meaning("retry", 10),  # may have been delivered: the id stays the same, so the receiver can recognise a copy
    "501": PERMANENT,
    "503 Retry-After": WAIT,  # RFC 9110: unavailable for that long; a host of many services may mean one of them
    "503 Retry-After throughout": QUIET,
}
