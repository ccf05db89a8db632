"""Notifications as a stream of lines, of any length."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.jobs.intake import Receipt
from tasks_app.state import keys
from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.integration.notification_requests import NDJSON, PATH, later, send_lines


def test_lines_become_a_batch_in_their_order(api: Api) -> None:
    answer = send_lines(api, [later(n) for n in range(1_201)])
    assert (answer.status_code, answer.json["taken"]) == (202, 1_201)
    batch = api.get(answer.headers["Location"]).json
    assert (batch["total"], batch["counts"]["delayed"]) == (1_201, 1_201)
    last = api.get(f"{answer.headers['Location']}/jobs?start=1200").json["jobs"]
    assert [job["data"]["to"] for job in last] == ["guest 1200"]


def test_lines_may_be_longer_in_all_than_a_body_may_be(api: Api, api_system: ApiSystem) -> None:
    count = api_system.usher.settings.body_limit_bytes // 60_000 + 1
    lines = [later(n, data={"filler": "x" * 60_000}) for n in range(count)]
    assert send_lines(api, lines).json["taken"] == count
    assert api.post(PATH, lines).status_code == 413


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/jobs"), ("PUT", "/v1/types/mail")])
def test_lines_are_refused_by_a_route_that_takes_none(api: Api, method: str, path: str) -> None:
    answer = api.client.open(path, method=method, data=b'{"type": "mail"}\n', content_type=NDJSON)
    assert_problem(answer, 415, "unsupported_media_type")


class Growing(io.BytesIO):
    """A body that knows how much of it was read when the first jobs were written."""

    read_at_first_write = 0

    def note(self) -> None:
        self.read_at_first_write = self.read_at_first_write or self.tell()


def test_lines_are_written_while_the_others_are_still_to_come(
    api: Api, api_system: ApiSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a body of 3000 lines, and an intake that notes how much of it was read
    line = json.dumps(later(1, data={"filler": "x" * 200})).encode() + b"\n"
    intake = api_system.usher.intake
    body, submit = Growing(line * 3_000), intake.submit

    def noting(new: Any) -> list[Receipt]:
        body.note()
        return submit(new)

    monkeypatch.setattr(intake, "submit", noting)

    # When it is sent
    answer = api.client.post(PATH, input_stream=body, content_type=NDJSON)

    # Then all is taken in, and never more than a chunk and a buffer was waiting
    assert (answer.status_code, answer.json["taken"]) == (202, 3_000)
    assert 0 < body.read_at_first_write <= 500 * len(line) + 2 * 65_536


@pytest.mark.parametrize(
    ("bad", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b'{"to": "ada"}', 422, "invalid_request"),
        (b'{"to": "ada", "message": "' + b"x" * 65_536 + b'"}', 413, "line_too_long"),
    ],
)
def test_a_wrong_line_is_named_and_those_before_it_stay(api: Api, bad: bytes, status: int, code: str) -> None:
    answer = send_lines(api, [later(1), b"", later(2), bad, later(3)])
    problem = assert_problem(answer, status, code)
    assert (problem["line"], problem["taken"]) == (4, 2)
    assert api.get(f"/v1/batches/{problem['batch']}").json["total"] == 2


def test_a_wrong_first_line_leaves_no_batch(api: Api) -> None:
    problem = assert_problem(send_lines(api, [b"nonsense"]), 400, "malformed_json")
    assert (problem["line"], problem["batch"], problem["taken"]) == (1, None, 0)


@pytest.mark.parametrize("lines", [[], [b""], [b"", b" ", b""]])
def test_no_lines_or_only_blank_ones_are_refused(api: Api, lines: list[bytes]) -> None:
    assert_problem(send_lines(api, lines), 422, "invalid_request")


def test_a_full_queue_ends_the_stream_and_the_answer_says_how_far_it_came(
    api: Api, change_setting: Callable[[str, object], None], api_system: ApiSystem
) -> None:
    group = "type:push_notification"
    api_system.usher.controls.pause(group)
    try:
        change_setting("queue_limit", api.state.zcard(keys.index("push_notification", "queued")) + 1)
        lines = [{"to": f"guest {n}", "message": "Hi"} for n in range(600)]
        problem = assert_problem(send_lines(api, lines), 429, "queue_full")
        assert (problem["taken"], problem["line"]) == (250, 500)
        batch = f"/v1/batches/{problem['batch']}"
        assert api.get(batch).json["total"] == 250
        assert api.post(f"{batch}/cancel").json["cancelled"] == 250
    finally:
        api_system.usher.controls.resume(group)


def test_lines_that_were_cut_short_go_on_with_their_key(api: Api, word: str) -> None:
    # Given a stream that ended at a wrong line
    lines = [later(n) for n in range(700)]
    cut = assert_problem(send_lines(api, [*lines[:600], b"{"], Idempotency_Key=word), 400, "malformed_json")

    # When the whole of it comes with the same key
    answer = send_lines(api, lines, Idempotency_Key=word)

    # Then it is one batch, each recipient once
    assert (answer.json["id"], answer.json["taken"]) == (cut["batch"], 700)
    batch = api.get(answer.headers["Location"]).json
    assert (batch["total"], batch["counts"]["delayed"]) == (700, 700)
    assert send_lines(api, lines, Idempotency_Key=word).headers["Idempotent-Replayed"] == "true"
    assert_problem(send_lines(api, [later(5)], Idempotency_Key=word), 422, "idempotency_key_reused")
