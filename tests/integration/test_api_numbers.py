"""Numbers that JSON cannot express are refused at every door and never written, even if the state has some."""

import json
import uuid
from typing import Any

import pytest
from pydantic_core import from_json

from tasks_app.state import inventory_keys, keys
from tasks_app.state.record_names import STORED, stored
from tests.integration.api_system import Api, assert_problem

HUGE = "9" * 400
TO = '"to": "ada", "message": "hello"'
BODIES = {
    "a price": ("/v1/products", '{"name": "p", "quantity": 1, "price": %s}'),
    "a pool's price": ("/v1/shows", '{"name": "s", "pools": [{"name": "floor", "capacity": 1, "price": %s}]}'),
    "a quantity": ("/v1/products", '{"name": "p", "quantity": %s}'),
    "hold_seconds": ("/v1/products", '{"name": "p", "quantity": 1, "hold_seconds": %s}'),
    "max_per_customer": ("/v1/products", '{"name": "p", "quantity": 1, "max_per_customer": %s}'),
    "a job's data": ("/v1/jobs", '{"type": "echo", "data": {"a": [{"b": %s}]}}'),
    "a job's priority": ("/v1/jobs", '{"type": "echo", "priority": %s}'),
    "a job's delay": ("/v1/jobs", '{"type": "echo", "delay_ms": %s}'),
    "a job's date": ("/v1/jobs", '{"type": "echo", "due_ms": %s}'),
    "jitter": ("/v1/jobs", '{"type": "echo", "backoff": {"jitter": %s}}'),
    "a batch": ("/v1/jobs", '[{"type": "echo"}, {"type": "echo", "data": {"a": %s}}]'),
    "a notification's data": ("/v1/notifications", "{" + TO + ', "data": {"a": %s}}'),
    "ttl_seconds": ("/v1/notifications", "{" + TO + ', "ttl_seconds": %s}'),
    "a variable": (
        "/v1/notifications",
        '{"template": {"message": "{n}"}, "recipients": [{"to": "ada", "variables": {"n": %s}}]}',
    ),
    "a subscription": ("/v1/subscriptions", '{"endpoint": "https://a.example/x", "keys": {}, "expirationTime": %s}'),
}


@pytest.mark.parametrize("number", ["1e999", "-1e999", HUGE, "NaN", "-Infinity"])
@pytest.mark.parametrize("door", BODIES)
def test_a_number_that_json_cannot_express_is_refused(api: Api, door: str, number: str) -> None:
    path, text = BODIES[door]
    answer = api.client.post(path, data=text % number, content_type="application/json")
    code = "malformed_json" if number in ("NaN", "-Infinity") else "invalid_request"
    assert_problem(answer, 400 if code == "malformed_json" else 422, code)


@pytest.mark.parametrize("number", ["1e999", HUGE])
def test_a_line_with_such_a_number_is_refused(api: Api, number: str) -> None:
    line = f'{{{TO}, "data": {{"a": {number}}}}}\n'
    answer = api.client.post("/v1/notifications", data=line, content_type="application/x-ndjson")
    assert_problem(answer, 422, "invalid_request")


def read_strictly(api: Api, path: str) -> Any:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return from_json(answer.data, allow_inf_nan=False)


def test_a_product_with_an_infinite_price_leaves_the_lists_readable(api: Api) -> None:
    # Given a product that has such a price in the state
    product = api.product(3)
    key = inventory_keys.inventory(f"product:{product}", "meta")
    definition = json.loads(api.state.hget(key, "definition"))
    definition["attributes"] = {"price": float("inf")}
    api.state.hset(key, "definition", json.dumps(definition))

    # When the lists are read, then all of them are JSON, and it has no price
    found = {one["id"]: one for one in read_strictly(api, "/v1/products")["products"]}
    assert found[product]["price"] is None
    assert read_strictly(api, f"/v1/products/{product}")["price"] is None
    assert any(one["itemId"] == product and one["price"] is None for one in read_strictly(api, "/list_products"))
    assert read_strictly(api, f"/list_products/{product}")["price"] is None


@pytest.mark.parametrize("text", ['{"a":NaN,"b":1}', '{"a":1e999,"b":1}', '{"a":%s,"b":1}' % ("9" * 5_000)])
def test_a_job_with_such_data_leaves_the_lists_readable(api: Api, own_type: str, text: str) -> None:
    job = api.post("/v1/jobs", {"type": own_type, "delay_ms": 600_000}).json["id"]
    api.state.hset(keys.job(job), mapping=stored({"data": text, "progress_data": text, "result": text}))
    found = read_strictly(api, f"/v1/jobs/{job}")
    assert found["data"] == found["progress_data"] == found["result"] == {"a": None, "b": 1}
    (listed,) = read_strictly(api, f"/v1/jobs?type={own_type}")["jobs"]
    assert listed["data"] == (found["data"] if len(text) < 4_096 else None)  # a list leaves out what is large


def test_a_half_pair_in_the_state_leaves_the_lists_readable(api: Api, own_type: str) -> None:
    job = api.post("/v1/jobs", {"type": own_type, "delay_ms": 600_000}).json["id"]
    api.state.hset(keys.job(job), STORED["data"], '{"a":"x\\ud800"}')
    (found,) = read_strictly(api, f"/v1/jobs?type={own_type}")["jobs"]
    assert found["data"] == {"a": "x\ufffd"}


@pytest.mark.parametrize("name", ["007", "9" * 40, str(2**53), str(2**53 - 1)])
def test_the_classic_list_has_no_number_that_loses_digits(api: Api, name: str) -> None:
    product = api.post("/v1/products", {"id": name, "name": str(uuid.uuid4()), "quantity": 1}, Prefer="wait=10")
    assert product.status_code == 201, product.text
    item = read_strictly(api, f"/list_products/{name}")["itemId"]
    assert item == (int(name) if name == str(2**53 - 1) else name)
