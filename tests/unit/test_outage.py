"""An outage is logged once, however long it lasts."""

import logging

from tasks_app.state import Outage


def test_an_outage_is_logged_once_and_the_next_one_again(caplog):
    outage = Outage(logging.getLogger("a.loop"))
    for why in ("away", "away"):
        outage.tell("it waits: %s", why)
    outage.end()
    outage.tell("it waits: %s", "away again", ValueError("a fault"))
    assert [record.getMessage() for record in caplog.records] == ["it waits: away", "it waits: away again"]
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]
