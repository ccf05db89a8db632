"""The peer's HTTP: a record, a message, 202."""

from uuid import uuid4

from flask import Flask, Response, abort, jsonify, request

from benchmarks.plain.store import store
from benchmarks.plain.tasks import reserve


def create_app() -> Flask:
    """The Flask application of one process."""
    app = Flask(__name__)

    @app.get("/healthz")
    def health() -> Response:
        return jsonify(ok=True)

    @app.put("/shows/<show>")
    def create_show(show: str) -> Response:
        body = request.get_json()
        store().create_show(show, body["capacity"], body["hold_ms"])
        return jsonify(id=show)

    @app.get("/shows/<show>")
    def get_show(show: str) -> Response:
        return jsonify(store().show(show) or abort(404))

    @app.post("/shows/<show>/reservations")
    def create_reservation(show: str) -> tuple[Response, int, dict[str, str]]:
        body = request.get_json()
        quantity, customer = body.get("quantity", 1), body.get("customer", "")
        if not isinstance(quantity, int) or quantity < 1 or not isinstance(customer, str):
            abort(422)
        job = uuid4().hex
        store().record(job, show, {"quantity": quantity, "customer": customer})
        reserve.apply_async((job,), task_id=job)
        where = f"/reservations/{job}"
        return jsonify(id=job, state="queued", links={"self": where}), 202, {"Location": where}

    @app.get("/reservations/<job>")
    def get_reservation(job: str) -> Response:
        found = store().job(job) or abort(404)
        return jsonify(id=job, state=found.get("result", found["state"]), data=found["data"])

    return app
