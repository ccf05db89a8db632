"""Reservations are found over HTTP by customer, show, product, state, moment and declared metadata."""

import uuid
from typing import Any

import pytest

from api.app import create_app
from tests.integration.api_system import Api, assert_problem
from tests.roots import serverless


def listed(api: Api, query: str, path: str = "/v1/reservations") -> list[Any]:
    """All that a query finds, page by page."""
    found, cursor = [], ""
    while True:
        page = api.get(f"{path}?{query}&limit=2&cursor={cursor}").json
        found += page["reservations"]
        cursor = page["cursor"]
        if cursor is None:
            return found


@pytest.fixture
def customer() -> str:
    """Somebody whom no other test knows."""
    return f"ada/{uuid.uuid4()}"


def test_a_customers_reservations_are_listed_newest_first_as_each_is_shown(api: Api, customer: str) -> None:
    # Given reservations of one customer for a show and a product, one of them sold, and another's
    show, product = api.show(), api.product()
    held, sold = (api.hold(show, customer=customer, metadata={"order": f"{customer} {n}", "n": n}) for n in (1, 2))
    api.post(f"/v1/reservations/{sold}/confirm", Prefer="wait=10")
    bought = api.post(f"/v1/products/{product}/reservations", {"customer": customer}, Prefer="wait=10").json["id"]
    api.hold(show, customer="bob")
    # Then each query finds what it should, in this order, and each as its own route shows it
    expected = [bought, sold, held]
    found = listed(api, "", f"/v1/customers/{customer}/reservations")
    assert [one["id"] for one in found] == expected
    assert found == [api.get(f"/v1/reservations/{one}").json for one in expected]
    assert [one["metadata"].get("n") for one in found] == [None, 2, 1]
    for query, ids in {
        "": expected,
        f"&show={show}": [sold, held],
        f"&product={product}": [bought],
        "&state=confirmed": [sold],
        "&state=released": [],
        f"&since={found[1]['created_ms']}": [bought, sold],
        "&since=2999-01-01T00:00Z": [],
        f"&metadata.order={customer} 2": [sold],
        "&metadata.order=x": [],
    }.items():
        assert [one["id"] for one in listed(api, f"customer={customer}{query}")] == ids, query
    assert [one["id"] for one in listed(api, f"show={show}&state=held")][1:] == [held]
    assert [one["id"] for one in listed(api, f"metadata.order={customer} 1")] == [held]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("show=a&product=b", ""),
        ("metadata.colour=red", "metadata.colour"),
        ("metadata=red", "metadata"),
        ("state=queued", "state"),
        ("since=yesterday", "since"),
        ("since=1", "since"),
        ("limit=501", "limit"),
        ("customer=", "customer"),
        ("cursor=x", "cursor"),
        ("buyer=ada", "buyer"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_with_its_field(api: Api, query: str, field: str) -> None:
    body = assert_problem(api.get(f"/v1/reservations?{query}"), 422, "invalid_request")
    assert body["errors"][0]["field"] == field


def test_without_declared_keys_nothing_is_found_by_metadata() -> None:
    client = create_app(serverless()).test_client()
    body = assert_problem(client.get("/v1/reservations?metadata.order=4711"), 422, "invalid_request")
    assert "`limit`" in body["detail"]
    assert "metadata.<key>" not in body["detail"]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"text": "x" * 2_100}, "metadata"),
        ({f"key{number}": number for number in range(21)}, "metadata"),
        ({"": 1}, "metadata"),
        ([1], "metadata"),
        ("order", "metadata"),
        ({"order": ""}, "metadata.order"),
        ({"order": "x" * 201}, "metadata.order"),
        ({"order": 1.5}, "metadata.order"),
        ({"order": None}, "metadata.order"),
        ({"order": [1]}, "metadata.order"),
    ],
)
def test_metadata_that_are_too_much_or_cannot_be_found_are_refused(api: Api, metadata: Any, field: str) -> None:
    body = {"lines": [{"pool": "floor"}], "metadata": metadata}
    problem = assert_problem(api.post("/v1/shows/any/reservations", body), 422, "invalid_request")
    assert problem["errors"][0]["field"] == field


@pytest.mark.parametrize("metadata", [{"any": [1.0, {"a": None}], "order": 4711}, {"order": "ä" * 200}, {}])
def test_metadata_are_shown_as_they_were_given_wherever_the_reservation_is(api: Api, metadata: Any) -> None:
    hold = api.hold(api.show(), metadata=metadata)
    assert api.get(f"/v1/reservations/{hold}").json["metadata"] == metadata
    assert api.get(f"/v1/jobs/{hold}").json["metadata"] == metadata
    if order := metadata.get("order"):
        assert hold in [one["id"] for one in listed(api, f"metadata.order={order}")]


def test_metadata_outlive_the_record_of_the_job(api: Api, customer: str) -> None:
    hold = api.hold(api.show(), customer=customer, metadata={"email": customer})
    api.state.delete(f"{{jobs}}:job:{hold}")
    found = listed(api, f"metadata.email={customer}")
    assert [(one["id"], one["metadata"]) for one in found] == [(hold, {"email": customer})]


def test_the_documents_have_a_parameter_for_each_declared_key(document: Any) -> None:
    for path in ("/v1/reservations", "/v1/jobs", "/v1/notifications"):
        names = [one["name"] for one in document["paths"][path]["get"]["parameters"]]
        assert [name for name in names if "metadata" in name] == ["metadata.order", "metadata.email"]


def test_an_empty_metadata_counts_as_none_for_an_idempotency_key(api: Api) -> None:
    path, body = f"/v1/shows/{api.show()}/reservations", {"lines": [{"pool": "floor", "quantity": 1}]}
    key = str(uuid.uuid4())
    first = api.post(path, body, Idempotency_Key=key, Prefer="wait=10").json["id"]
    again = api.post(path, {**body, "metadata": {}}, Idempotency_Key=key, Prefer="wait=10")
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (first, "true")
    other = api.post(path, {**body, "metadata": {"a": 1}}, Idempotency_Key=key)
    assert_problem(other, 422, "idempotency_key_reused")
