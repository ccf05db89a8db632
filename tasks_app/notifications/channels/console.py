"""console: prints the message instead of sending it. The default, since it needs no account anywhere."""

from tasks_app.notifications.address_rules import anybody
from tasks_app.notifications.channel_terms import Terms
from tasks_app.notifications.meanings import CONNECTION, SENT, Meaning

TERMS = Terms(
    anybody,
    answers={**CONNECTION, "printed": SENT, "not_printed": Meaning("retry", 1)},
    attempts=1,  # there is no service that could be away
    takes_anything=True,
    is_noted=False,  # it does not matter if it prints twice or not at all
)
