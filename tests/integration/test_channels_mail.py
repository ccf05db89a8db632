"""The channel `apprise` over SMTP: a mail is in doubt once its text was written, before that surely not sent."""

import pytest

from tasks_app.notifications.meanings import Meaning
from tasks_app.notifications.sends import Notification
from tests.channels import apprise, meaning
from tests.jobs import options
from tests.providers.mail import CLOSE, HANG, TEXT, MailServer
from tests.servers import free_port

DOUBT, PERMANENT, LATER = Meaning("in_doubt", 10), Meaning("permanent"), Meaning("retry", 60)
LOCKED_OUT = Meaning("rest", 300, "account")
# the server's answer to each command -> the code of the answer, what it means
ROWS = {
    "the text is taken": ({}, "apprise_sent", Meaning("sent")),
    "silence after the text": ({TEXT: HANG}, "reset_after_write", DOUBT),
    "an end after the text": ({TEXT: CLOSE}, "reset_after_write", DOUBT),
    "no number after the text": ({TEXT: b"what?"}, "unreadable_answer", DOUBT),
    "a wrong number after the text": ({TEXT: b"252 who knows"}, "unreadable_answer", DOUBT),
    "the text is refused": ({TEXT: b"554 spam"}, "mail_refused", PERMANENT),
    "the text is put off": ({TEXT: b"451 later"}, "mail_deferred", LATER),
    "the recipient is refused": ({"RCPT": b"550 unknown"}, "mail_refused", PERMANENT),
    "the recipient is put off": ({"RCPT": b"450 greylisted"}, "mail_deferred", LATER),
    "the sender is refused": ({"MAIL": b"550 who?"}, "sender_refused", LOCKED_OUT),
    "the sender is put off": ({"MAIL": b"421 closing"}, "mail_deferred", LATER),
    "no text is wanted": ({"DATA": b"451 later"}, "mail_deferred", LATER),
    "an end before the text": ({"RCPT": CLOSE}, "not_connected", Meaning("retry", 5, "service")),
    "silence for a greeting": ({"HELLO": HANG}, "not_connected", Meaning("retry", 5, "service")),
}


@pytest.fixture
def mail():
    with MailServer() as server:
        yield server


def send(url, to="ada@example.org"):
    """By a sender that does not wait long."""
    return apprise(url, options(connect_timeout_seconds=0.3)).send(Notification("job1", to, "hello", "Verlegt"))


@pytest.mark.parametrize("row", ROWS)
def test_mail_row(row, mail):
    answers, code, expected = ROWS[row]
    mail.answers = answers

    answer = send(mail.url())

    assert answer.code == code
    assert meaning("apprise", answer) == expected
    assert len(mail.taken) == (TEXT in answers or not answers)


def test_a_mail_whose_login_is_refused_is_surely_not_sent(mail):
    answer = send(mail.url("&user=me&pass=wrong"))  # the server offers no way to log in
    assert answer.code == "not_mailed"
    assert meaning("apprise", answer) == LOCKED_OUT
    assert mail.taken == []


def test_a_mail_that_the_server_refused_for_one_of_two_recipients_is_in_doubt(mail):
    mail.refused = b"<bo@example.org>"
    assert meaning("apprise", send(mail.url("&cc=bo@example.org"))) == DOUBT
    assert len(mail.taken) == 1


def test_a_mail_to_an_absent_server_may_be_tried_again():
    url = f"mailto://127.0.0.1:{free_port()}/?from=me@example.org&to={{to}}&mode=insecure"
    answer = send(url)
    assert (answer.code, answer.detail) == ("not_connected", "Connection refused")
    assert meaning("apprise", answer) == Meaning("retry", 5, "service")


def test_a_mail_to_a_server_without_tls_is_surely_not_sent(mail):
    answer = send(mail.url().replace("mailto", "mailtos").replace("insecure", "ssl"))
    assert answer.code == "tls_failed"
    assert mail.taken == []


def test_a_mail_in_doubt_is_not_sent_again(notifier, mail):
    mail.answers = {TEXT: CLOSE}
    notifier.use(mail.url())
    job = notifier.sent("ada@example.org", "apprise")
    assert (job.state, job.result["outcome"]) == ("complete", "in_doubt")
    assert len(mail.taken) == 1
