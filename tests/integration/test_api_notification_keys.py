"""Keys of notifications: a request with another's key leaves no trace; an unsent message may be sent again."""

from typing import Any

import pytest

from tasks_app.state import keys
from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.integration.notification_requests import PATH, later, send_lines

REUSED = "idempotency_key_reused"


def was_known(api: Api, notification: dict[str, Any]) -> bool:
    """Was this notification, with a dedup_key, taken in before?"""
    return bool(api.post(PATH, [notification]).json["duplicates"])


def total(api: Api, answer: Any) -> int:
    return int(api.get(answer.headers["Location"]).json["total"])


@pytest.mark.parametrize("second", [{}, {"dedup_key": "second"}])
def test_a_batch_with_the_key_of_another_leaves_no_trace(api: Api, word: str, second: dict[str, str]) -> None:
    # Given a batch under a key, whose first or whose every job is known by a dedup_key
    first = api.post(PATH, [later(1, dedup_key=word), later(2, **second)], Idempotency_Key=word)
    taken = total(api, first)

    # When another batch comes with that key
    fresh = later(3, dedup_key=word)
    answer = api.post(PATH, [fresh, later(4, **second)], Idempotency_Key=word)

    # Then nothing of it was recorded
    assert_problem(answer, 422, REUSED)
    assert total(api, first) == taken
    assert not was_known(api, fresh)


def test_a_batch_with_the_key_of_a_single_notification_leaves_no_trace(api: Api, word: str) -> None:
    api.post(PATH, later(1), Idempotency_Key=word)
    fresh = later(2, dedup_key=word)
    assert_problem(api.post(PATH, [fresh], Idempotency_Key=word), 422, REUSED)
    assert not was_known(api, fresh)


def test_a_single_notification_with_the_key_of_a_batch_is_refused(api: Api, word: str) -> None:
    api.post(PATH, [later(1, dedup_key=word)], Idempotency_Key=word)
    assert_problem(api.post(PATH, later(2), Idempotency_Key=word), 422, REUSED)


def test_a_repeated_batch_is_the_same_even_when_its_jobs_have_dedup_keys(api: Api, word: str) -> None:
    body = [later(1, dedup_key=word), later(2, dedup_key=word), later(3)]
    first, again = (api.post(PATH, body, Idempotency_Key=word) for _ in range(2))
    assert (first.json["jobs"], first.json["duplicates"]) == (again.json["jobs"], 0)
    assert (again.json["duplicates"], again.headers["Idempotent-Replayed"]) == (2, "true")
    assert total(api, first) == 3


def test_lines_with_the_key_of_other_lines_leave_no_trace(api: Api, word: str) -> None:
    first = send_lines(api, [later(n, dedup_key=word) for n in range(3)], Idempotency_Key=word)
    others = [later(n, dedup_key=word) for n in range(10, 13)]
    assert_problem(send_lines(api, others, Idempotency_Key=word), 422, REUSED)
    assert total(api, first) == 3
    assert not was_known(api, others[0])


def test_lines_that_differ_in_the_middle_add_nothing_of_their_write(api: Api, word: str) -> None:
    first = send_lines(api, [later(1), later(2, dedup_key=word), later(3)], Idempotency_Key=word)
    fresh = later(4, dedup_key=word)
    assert_problem(send_lines(api, [later(1), fresh, later(5)], Idempotency_Key=word), 422, REUSED)
    assert total(api, first) == 3
    assert not was_known(api, fresh)


# An unsent message does not count as sent


def test_a_cancelled_message_can_be_sent_again(api: Api, word: str) -> None:
    # Given one that was cancelled before it was due
    first = api.post(PATH, later(1, dedup_key=word)).json["id"]
    api.call("DELETE", f"/v1/jobs/{first}")

    # When it is sent again, then it is sent, once
    body = {"to": "guest 1", "message": "Hello", "dedup_key": word}
    answer = api.post(PATH, body, Prefer="wait=10")
    assert (answer.json["id"], answer.json["state"]) == (first, "sent")
    again = api.post(PATH, body)
    assert (again.json["state"], again.headers["Idempotent-Replayed"]) == ("sent", "true")
    assert api.state.zscore(keys.index("push_notification", "cancelled"), first) is None


def test_a_message_to_a_suppressed_recipient_can_be_sent_again(api: Api, word: str) -> None:
    # Given one that failed since its recipient was on the list
    body = {"to": word, "message": "Hi", "dedup_key": word}
    entry = f"/v1/suppressions/console/{word}"
    api.call("PUT", entry)
    answers = [api.post(PATH, [body]).json for _ in range(2)]
    assert [(one["suppressed"], one["duplicates"]) for one in answers] == [(1, 0), (0, 1)]

    # When the recipient is off the list, then it is sent
    api.call("DELETE", entry)
    assert api.post(PATH, body, Prefer="wait=10").json["state"] == "sent"


def test_a_cancelled_batch_stays_cancelled_when_its_request_comes_again(api: Api, word: str) -> None:
    body = [later(n, dedup_key=word) for n in range(3)]
    batch = api.post(PATH, body, Idempotency_Key=word).headers["Location"]
    api.post(f"{batch}/cancel")
    assert api.post(PATH, body, Idempotency_Key=word).json["duplicates"] == 3
    assert api.get(batch).json["counts"]["cancelled"] == 3


def test_a_message_cancelled_while_it_was_being_sent_is_not_sent_again(
    api: Api, word: str, api_system: ApiSystem
) -> None:
    # Given a message that was cancelled after its send had begun
    api_system.usher.controls.pause("type:push_notification")
    try:
        body = {"to": "ada", "message": "Hi", "dedup_key": word}
        first = api.post(PATH, body).json["id"]
        api.state.hset(keys.job(first), "begun", "1")
        api.call("DELETE", f"/v1/jobs/{first}")

        # When it is sent again, then it may have arrived, and stays as it is
        assert api.post(PATH, body).json["state"] == "cancelled"
    finally:
        api_system.usher.controls.resume("type:push_notification")
