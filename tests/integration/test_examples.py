"""Every example of the documents works: the test sends it, and gets the status that is documented for it."""

from typing import Any

import pytest
from werkzeug.datastructures import Headers

from api.app import create_app
from api.http import examples
from tasks_app.state import inventory_keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.listed_workers import name_worker
from tests.integration.served_documents import operations
from tests.roots import serverless


class Sender:
    """Sends the documented examples, as a reader of the documents would: one after the other, ids from answers."""

    def __init__(self, api: Api, document: Any) -> None:
        self.api = api
        self.operations = {one["operationId"]: (path, method, one) for path, method, one in operations(document)}

    def id_for(self, name: str) -> tuple[str, str]:
        """The path parameter that has no example, and the id that a link leads to."""
        for source, (_, _, operation) in self.operations.items():
            for status, answer in operation["responses"].items():
                if link := answer.get("links", {}).get(name):
                    ((parameter, expression),) = link["parameters"].items()
                    assert expression == "$response.body#/id"
                    given = self.send(source, link["x-example"])
                    assert given.status_code == int(status), given.text
                    return parameter, given.json["id"]
        raise AssertionError(f"{name} needs an id that nobody gives")

    def send(self, name: str, example: str | None = None) -> Any:
        path, method, operation = self.operations[name]
        required = [one for one in operation["parameters"] if one.get("required")]
        values = {one["name"]: one["example"] for one in operation["parameters"] if "example" in one}
        if any("example" not in one for one in required):
            parameter, value = self.id_for(name)
            values[parameter] = value
        parameters = [one for one in operation["parameters"] if one["name"] in values]
        by_place: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
        for one in parameters:
            by_place[one["in"]][one["name"]] = values[one["name"]]
        headers = Headers(by_place["header"])
        body: dict[str, Any] = {}
        if example is not None:
            media_type, value = next(
                (kind, content["examples"][example]["value"])
                for kind, content in operation["requestBody"]["content"].items()
                if example in content["examples"]
            )
            headers["Content-Type"] = media_type
            body = {"data": value} if isinstance(value, str) else {"json": value}
        return self.api.client.open(
            path.format(**by_place["path"]),
            method=method.upper(),
            query_string=by_place["query"],
            headers=headers,
            buffered=False,
            **body,
        )


def cases() -> list[tuple[str, str | None]]:
    """Every operation with each example of its body; if it has no body, once without."""
    with create_app(serverless()).test_client() as client:
        document = client.get("/docs/openapi.json").json
    found: list[tuple[str, str | None]] = []
    for _, _, operation in operations(document):
        contents = operation.get("requestBody", {}).get("content", {}).values()
        named = [(operation["operationId"], name) for content in contents for name in content["examples"]]
        found += named if contents else [(operation["operationId"], None)]
    return found


@pytest.mark.parametrize(("name", "example"), cases())
@pytest.mark.usefixtures("lists", "resumed")
def test_every_documented_example_is_answered_as_documented(
    api: Api, document: Any, name: str, example: str | None
) -> None:
    # Given the things of a fresh system, whatever other tests left
    api.post("/v1/shows/classic/resume")
    api.call("PUT", "/v1/products/2/status", {"status": "on_sale"})
    api.call("PUT", "/v1/shows/classic/status", {"status": "on_sale"})
    api.post("/v1/products/2/restock", {"quantity": 10})
    api.call("PUT", "/v1/suppressions/any/+14153518780", {})

    for target in ("show:macbeth", "product:umbrella"):  # other tests may have put them on sale otherwise
        for key in api.state.scan_iter(inventory_keys.inventory(target, "*")):
            api.state.delete(key)

    name_worker(api.state)

    # When the example is sent
    sender = Sender(api, document)
    answer = sender.send(name, example)

    # Then it is answered with a documented status, the best there is
    _, _, operation = sender.operations[name]
    expected = [min(int(status) for status in operation["responses"] if status != "default")]
    if example is not None:
        contents = operation["requestBody"]["content"].values()
        expected = next(one["examples"][example]["x-statuses"] for one in contents if example in one["examples"])
    if "message_id" in {one["name"] for one in operation["parameters"]}:  # on a well system there is no such message
        expected = [404]
    if operation["tags"] == ["keys"]:  # they need a key of an admin, and with the first key all others would, too
        assert_problem(answer, 401, "key_required")
        return
    with answer:
        assert answer.status_code in expected, answer.status_code if answer.is_streamed else answer.text
        assert str(answer.status_code) in operation["responses"]


def test_every_required_parameter_has_an_example_or_comes_from_an_answer(document: Any) -> None:
    linked = {
        name
        for _, _, one in operations(document)
        for answer in one["responses"].values()
        for name in answer.get("links", ())
    }
    for _, _, operation in operations(document):
        missing = [one["name"] for one in operation["parameters"] if one.get("required") and "example" not in one]
        assert bool(missing) == (operation["operationId"] in linked), (operation["operationId"], missing)
    assert set(examples.BODIES) == {one["operationId"] for _, _, one in operations(document) if "requestBody" in one}
