"""The peer's HTTP: a record, a message, 202."""

from typing import Any
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, request

from benchmarks.plain.celery import app as celery_app
from benchmarks.plain.store import store
from benchmarks.plain.tasks import noop, reserve


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
        store().record({job: {"quantity": quantity, "customer": customer}}, show)
        reserve.apply_async((job,), task_id=job)
        where = f"/reservations/{job}"
        return jsonify(id=job, state="queued", links={"self": where}), 202, {"Location": where}

    @app.get("/reservations/<job>")
    def get_reservation(job: str) -> Response:
        found = store().job(job) or abort(404)
        return jsonify(id=job, state=found.get("result", found["state"]), data=found["data"])

    @app.post("/jobs")
    def create_job() -> tuple[Response, int, dict[str, str]]:
        job = uuid4().hex
        store().record({job: checked(request.get_json())})
        noop.apply_async((job,), task_id=job)
        where = f"/jobs/{job}"
        return jsonify(id=job, state="queued", links={"self": where}), 202, {"Location": where}

    @app.post("/jobs/bulk")
    def create_jobs() -> tuple[Response, int]:
        jobs = {uuid4().hex: checked(body) for body in request.get_json()}
        store().record(jobs)
        with celery_app.producer_or_acquire() as producer:
            for job in jobs:
                noop.apply_async((job,), task_id=job, producer=producer)
        return jsonify(jobs=list(jobs)), 202

    @app.get("/stats")
    def stats() -> Response:
        return jsonify(complete=store().complete_jobs())

    return app


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The data of a job. Ends the request with 422 unless it is one."""
    if body.get("type") != "noop" or not isinstance(body.get("data", {}), dict):
        abort(422)
    return dict(body.get("data", {}))
