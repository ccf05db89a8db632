"""The same message to the same recipient, and the same request, are taken in once."""

from tests.integration.api_system import Api, assert_problem
from tests.integration.notification_requests import HOUR_MS, PATH, later


def test_the_same_message_to_the_same_recipient_is_one_job(api: Api, word: str) -> None:
    first, again = (api.post(PATH, later(1, dedup_key=word)) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert [one.headers.get("Idempotent-Replayed") for one in (first, again)] == [None, "true"]
    others = [later(2, dedup_key=word), later(1, dedup_key=word + "x"), later(1, dedup_key=word, channel="webpush")]
    ids = {api.post(PATH, other).json["id"] for other in others}
    assert len(ids | {first.json["id"]}) == 4


def test_one_phone_number_in_two_spellings_is_one_recipient(api: Api, word: str) -> None:
    body = {"message": "Hi", "delay_ms": HOUR_MS, "dedup_key": word}
    spellings = ({"phoneNumber": "415 351-8743"}, {"to": "4153518743"})
    assert len({api.post(PATH, body | one).json["id"] for one in spellings}) == 1


def test_names_that_only_look_like_a_number_are_recipients_of_their_own(api: Api, word: str) -> None:
    body = {"message": "Hi", "delay_ms": HOUR_MS, "dedup_key": word}
    names = ("4153518743", "n4153518743", "#4153518743", "-4153518743", "@4153518743")
    assert len({api.post(PATH, body | {"to": name}).json["id"] for name in names}) == len(names)


def test_a_duplicate_within_a_batch_is_counted_and_not_added(api: Api, word: str) -> None:
    answer = api.post(PATH, [later(n, dedup_key=word) for n in (1, 2, 1, 1)])
    ids = answer.json["jobs"]
    assert (answer.json["duplicates"], ids[0]) == (2, ids[2])
    assert api.get(answer.headers["Location"]).json["total"] == 2


def test_a_batch_of_nothing_but_duplicates_is_empty_and_finished(api: Api, word: str) -> None:
    body = [later(n, dedup_key=word) for n in (1, 2)]
    api.post(PATH, body)
    answer = api.post(PATH, body)
    assert answer.json["duplicates"] == 2
    batch = api.get(answer.headers["Location"]).json
    assert (batch["total"], batch["finished"]) == (0, True)


def test_a_repeated_request_is_the_same_notification(api: Api, word: str) -> None:
    first, again = (api.post(PATH, later(1), Idempotency_Key=word) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(api.post(PATH, later(2), Idempotency_Key=word), 422, "idempotency_key_reused")


def test_a_repeated_batch_is_the_same_batch(api: Api, word: str) -> None:
    first, again = (api.post(PATH, [later(n) for n in range(3)], Idempotency_Key=word) for _ in range(2))
    assert first.json["jobs"] == again.json["jobs"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.get(first.headers["Location"]).json["total"] == 3
    assert_problem(api.post(PATH, [later(9)], Idempotency_Key=word), 422, "idempotency_key_reused")
