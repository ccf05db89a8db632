"""A scope narrows a key, whatever its role: by path, by body, in lists and in streams."""

import pytest

from tasks_app.access import Role
from tests.integration.access.access_kit import WANTED, Gate
from tests.integration.api_system import assert_problem

LEAR = {"name": "Lear", "pools": [{"name": "floor", "capacity": 1}]}
MESSAGE = {"channel": "webhook", "to": "https://example.org/hook", "message": "Hello"}


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("show:macbeth", "GET", "/v1/shows/hamlet", None),
        ("show:macbeth", "GET", "/v1/shows/hamlet/ledger", None),
        ("show:macbeth", "GET", "/v1/products/hamlet", None),
        ("show:macbeth", "POST", "/v1/shows/hamlet/reservations", WANTED),
        ("show:macbeth", "POST", "/v1/products/hamlet/reservations", {}),
        ("show:macbeth", "POST", "/v1/shows", {"id": "lear", **LEAR}),
        ("show:macbeth", "POST", "/v1/shows", LEAR),
        ("show:macbeth", "GET", "/v1/stream?topic=show:hamlet", None),
        ("show:macbeth", "GET", "/v1/stream?topic=type:reserve_seat", None),
        ("show:macbeth", "GET", "/reserve_seat", None),
        ("show:macbeth", "GET", "/reserve_product/2", None),
        ("show:macbeth", "GET", "/list_products", None),
        ("show:macbeth", "GET", "/v1/stats", None),
        ("type:index_page", "POST", "/v1/jobs", {"type": "resize_image"}),
        ("type:index_page", "POST", "/v1/jobs", [{"type": "index_page"}, {"type": "resize_image"}]),
        ("type:index_page", "GET", "/v1/types/resize_image", None),
        ("type:index_page", "POST", "/v1/types/resize_image/pause", None),
        ("type:index_page", "GET", "/v1/types", None),
        ("type:index_page", "GET", "/v1/stream?topic=type:resize_image", None),
        ("channel:webpush", "POST", "/v1/notifications", MESSAGE),
        ("channel:webpush", "POST", "/v1/notifications", [MESSAGE]),
        ("channel:webpush", "PUT", "/v1/suppressions/webhook/https:%2F%2Fexample.org", {}),
        ("channel:webpush", "GET", "/v1/suppressions/any", None),
    ],
)  # fmt: skip
def test_beyond_its_scopes_even_an_admin_gets_nowhere(stocked: Gate, scope, method, path, body):
    narrowed, wide = (stocked.caller("ada", Role.ADMIN, scopes=scopes) for scopes in ((scope,), ()))
    assert_problem(narrowed.call(method, path, body, Prefer="wait=0"), 403, "out_of_scope")
    with wide.call(method, path, body, Prefer="wait=0") as answer:
        assert answer.status_code != 403


def test_within_its_scopes_it_does_what_its_role_may(stocked: Gate):
    caller = stocked.caller("ada", Role.CLIENT, scopes=("show:hamlet", "type:resize_image", "channel:webhook"))
    assert caller.post("/v1/shows/hamlet/reservations", WANTED).status_code == 202
    assert caller.post("/v1/jobs", [{"type": "resize_image"}]).status_code == 202
    assert caller.post("/v1/notifications", MESSAGE).status_code == 202
    assert [show["id"] for show in caller.get("/v1/shows").json["shows"]] == ["hamlet"]
    assert caller.get("/v1/products").json["products"] == []


def test_things_beyond_a_scope_do_not_exist(stocked: Gate):
    # Given a reservation, a job and a notification, made with a key without scopes
    made = stocked.caller("ada", Role.ADMIN)
    reservation = made.post("/v1/shows/hamlet/reservations", WANTED).json["id"]
    job = made.post("/v1/jobs", {"type": "resize_image"}).json["id"]
    message = made.post("/v1/notifications", MESSAGE).json["id"]
    # When a key of the same owner may reach other things, then it reaches none of these
    narrowed = stocked.caller("ada", Role.ADMIN, scopes=("show:macbeth", "type:index_page", "channel:webpush"))
    paths = (f"/v1/reservations/{reservation}", f"/v1/jobs/{job}", f"/v1/notifications/{message}")
    assert [narrowed.get(path).status_code for path in paths] == [404, 404, 404]
    assert narrowed.post(f"/v1/reservations/{reservation}/confirm").status_code == 404
    assert narrowed.get("/v1/jobs").json["jobs"] == []
    # And a key that may reach these does
    fitting = stocked.caller("carl", Role.ADMIN, scopes=("show:hamlet", "type:resize_image", "channel:webhook"))
    assert [fitting.get(path).status_code for path in paths] == [200, 200, 200]
    assert {one["id"] for one in fitting.get("/v1/jobs").json["jobs"]} == {reservation, job, message}


def test_of_batches_a_narrowed_key_sees_its_owners(stocked: Gate):
    batch = stocked.caller("bob", Role.CLIENT).post("/v1/jobs", [{"type": "resize_image"}]).json["id"]
    assert stocked.caller("ada", Role.VIEWER).get(f"/v1/batches/{batch}").status_code == 200
    narrowed = stocked.caller("ada", Role.VIEWER, scopes=("type:resize_image",))
    assert narrowed.get(f"/v1/batches/{batch}").status_code == 404
