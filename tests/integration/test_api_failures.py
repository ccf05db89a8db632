"""Failed jobs by type and kind of error over HTTP."""

from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.jobs import new, take_in


def test_failures_are_told_by_type_and_code(api: Api, api_system: ApiSystem, own_type: str) -> None:
    # Given three jobs of a type, of which two failed alike
    errors = ('{"code":"error","message":"ValueError: no\\n path"}',) * 2 + ('{"code":"time_limit","message":"x"}',)
    jobs = [new(type=own_type, error=error) for error in errors]
    with api_system.valkey.client(0) as state:
        take_in(state, *jobs)

    # Then they are two groups, the larger one first
    found = api.get(f"/v1/failures?type={own_type}").json
    one, other = found["groups"]
    assert (found["count"], found["ungrouped"], found["groups_count"]) == (3, 0, 2)
    assert (one["type"], one["code"], one["count"]) == (own_type, "error:ValueError", 2)
    assert (one["message"], sorted(one["jobs"])) == ("ValueError: no path", sorted(job.id for job in jobs[:2]))
    assert (len(one["course"]), sum(one["course"])) == (60, 2)
    assert found["start_ms"] <= one["first_ms"] <= one["last_ms"] < found["start_ms"] + 60 * found["step_ms"]
    assert other["code"] == "time_limit"

    # And the list of jobs takes the code
    listed = api.get(f"/v1/jobs?state=failed&type={own_type}&code=error:ValueError").json["jobs"]
    assert {job["id"] for job in listed} == set(one["jobs"])

    # When one is replayed, then it leaves
    api.post(f"/v1/jobs/{jobs[2].id}/replay")
    day = api.get(f"/v1/failures?type={own_type}&span=day&limit=1").json
    assert ([group["code"] for group in day["groups"]], day["groups_count"], day["count"]) == (
        ["error:ValueError"],
        1,
        2,
    )
    assert len(day["groups"][0]["course"]) == 96


def test_what_is_asked_for_wrongly_is_refused(api: Api) -> None:
    for wrong in ("span=week", "limit=0", "limit=201", "type=", "kind=x"):
        assert_problem(api.get(f"/v1/failures?{wrong}"), 422, "invalid_request")
