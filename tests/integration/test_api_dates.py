"""When a job or notification is due: as text with an offset or zone, in ms, and never by mistake at once."""

from datetime import datetime, timedelta

import pytest

from tasks_app.program import create_queue
from tests.integration.api_system import Api, assert_problem

ASKED = {"/v1/jobs": {"type": "echo"}, "/v1/notifications": {"to": "ada", "message": "m"}}


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize(
    "due", ["2126-12-10T12:00[Europe/Berlin]", "2126-12-10T11:00:00Z", "2126-12-10T12:00+01:00[Europe/Berlin]"]
)
def test_a_date_is_taken_as_text(api: Api, path: str, due: str) -> None:
    answer = api.post(path, {**ASKED[path], "due": due})
    assert (answer.status_code, answer.json["state"]) == (202, "delayed"), answer.text
    expected = int(datetime.fromisoformat("2126-12-10T11:00:00+00:00").timestamp() * 1000)
    assert api.get(answer.headers["Location"]).json["due_ms"] == expected


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"due_ms": 1795683600}, "due_ms", "1795683600000"),
        ({"due_ms": 0}, "due_ms", "2000"),
        ({"due_ms": -1}, "due_ms", "2000"),
        ({"due": "1999-12-31T00:00Z"}, "due", "2000"),
        ({"due": "2126-12-10T12:00"}, "due", "Europe/Berlin"),
        ({"due": "soon"}, "due", "Europe/Berlin"),
        ({"due": 1795683600}, "due", "string"),
        ({"due": "2126-12-10T12:00Z", "due_ms": 4952574000000}, "", "not both"),
    ],
)
def test_a_date_that_is_surely_a_mistake_is_refused(api: Api, path: str, given: dict, field: str, words: str) -> None:
    body = assert_problem(api.post(path, {**ASKED[path], **given}), 422, "invalid_request")
    assert body["errors"][0]["field"] == field
    assert words in body["errors"][0]["message"]


def test_the_python_queue_takes_the_same_dates_and_no_others() -> None:
    # Given a queue in its test mode
    with create_queue().test_mode:
        job = create_queue().create("t", {})

        # When it gets dates, then text and datetimes with a zone are accepted
        moment = datetime.fromisoformat("2126-12-10T11:00:00+00:00")
        assert job.delay("2126-12-10T12:00[Europe/Berlin]").request.due_ms == int(moment.timestamp() * 1000)
        assert job.delay(moment).request.due_ms == int(moment.timestamp() * 1000)
        assert (job.delay(1_500.0).request.delay_ms, job.request.due_ms) == (1_500, 0)

        # And a date without a zone, before 2000 or at no real time is refused
        bad = [datetime(2126, 1, 1), "2126-01-01T00:00", "1999-01-01T00:00Z", -1, 1.5, True, float("nan")]  # noqa: DTZ001
        for wait in [*bad, float("inf"), None, 1_795_683_600_000, timedelta(seconds=5)]:
            with pytest.raises(ValueError):
                job.delay(wait)


@pytest.mark.parametrize(
    ("option", "given"),
    [
        *(("priority", bad) for bad in (1.5, True, None, float("nan"), 10**30, "urgent")),
        *(("attempts", bad) for bad in (0, 1.5, True, "3", float("inf"))),
        *(("ttl", bad) for bad in (-1, 0.5, float("nan"), "5")),
        *(("title", bad) for bad in (5, None)),
    ],
)
def test_an_impossible_option_of_the_python_queue_is_refused_at_once(option: str, given: object) -> None:
    with create_queue().test_mode, pytest.raises(ValueError):
        getattr(create_queue().create("t", {}), option)(given)
