"""Kue's routes, with its bodies, on Usher's jobs. What differs: docs/kue.md."""

from dataclasses import replace
from typing import Any

from flask import Response, request
from werkzeug.exceptions import BadRequest

from api.access import auditing, fresh_id, require_type
from api.http import answer, openapi, problem, usher
from api.jobs import waiting
from api.kue import changes, lists, paths, schemas, search
from api.kue.answers import as_kue
from api.kue.bodies import KueJobsBody, new_jobs
from api.kue.names import priority_number
from tasks_app.errors import IllegalTransitionError, InvalidJobError, UnknownJobError
from tasks_app.jobs import NewJob

blueprint = openapi.blueprint("kue", "/kue", "The HTTP API of Kue, for programs that were written for it.")

# A GET that changes something: pages of other origins may not call it, and it has no HEAD.
CHANGING = frozenset({"kue.replay_kue_job"})
AUDITED = 10  # jobs of one request whose ids the audit log has
LISTED = openapi.responses({200: schemas.KueList})
KNOWN: dict[int, Any] = {404: schemas.KueFailure}
CHANGED = openapi.responses(
    {200: schemas.KueDone, 400: openapi.own_or_problem(400, schemas.KueFailure), 409: schemas.KueFailure, **KNOWN}
)


@blueprint.get("/stats", responses=openapi.responses({200: schemas.KueStats}))
def get_kue_stats() -> Response:
    """How many jobs are in each state."""
    return lists.stats()


@blueprint.get("/job/search", responses=openapi.responses({200: schemas.KueNumbers}))
def list_kue_matches(query: paths.SearchQuery) -> Response:
    """The numbers of jobs whose data have all these words, among 1,000 of the newest."""
    found = search.matching(query.q)
    numbers = usher().numbered.of([job.id for job in found])
    return answer([str(numbers[job.id]) for job in found], 200)


@blueprint.get("/jobs/<first>..<last>", responses=LISTED)
def list_kue_jobs(path: paths.WindowPath) -> Response:
    """A part of all jobs."""
    return lists.part(path.first, path.last)


@blueprint.get("/jobs/<first>..<last>/<order>", responses=LISTED)
def list_kue_jobs_ordered(path: paths.OrderedPath) -> Response:
    """A part of all jobs, up or down."""
    return lists.part(path.first, path.last, path.order)


@blueprint.get("/jobs/<state>/<first>..<last>", responses=LISTED)
def list_kue_state(path: paths.OfState) -> Response:
    """A part of the jobs in one state."""
    return lists.part(path.first, path.last, state=path.state)


@blueprint.get("/jobs/<state>/<first>..<last>/<order>", responses=LISTED)
def list_kue_state_ordered(path: paths.OfStateOrdered) -> Response:
    """A part of the jobs in one state, up or down."""
    return lists.part(path.first, path.last, path.order, path.state)


@blueprint.get("/jobs/<job_type>/<state>/<first>..<last>", responses=LISTED)
def list_kue_type(path: paths.OfType) -> Response:
    """A part of the jobs of one type in one state."""
    return lists.part(path.first, path.last, state=path.state, job_type=path.job_type)


@blueprint.get("/jobs/<job_type>/<state>/<first>..<last>/<order>", responses=LISTED)
def list_kue_type_ordered(path: paths.OfTypeOrdered) -> Response:
    """A part of the jobs of one type in one state, up or down."""
    return lists.part(path.first, path.last, path.order, path.state, path.job_type)


@blueprint.get("/jobs/<job_type>/<state>/stats", responses=openapi.responses({200: schemas.KueCount}))
def count_kue_jobs(path: paths.TypeState) -> Response:
    """How many jobs of one type are in one state."""
    return lists.count(path.job_type, path.state)


@blueprint.get("/job/types", responses=openapi.responses({200: schemas.KueTypes}))
def list_kue_types() -> Response:
    """The types that have jobs."""
    return lists.types()


@blueprint.get("/job/<number>", responses=openapi.responses({200: schemas.KueShown, **KNOWN}))
def get_kue_job(path: paths.NumberPath) -> Response:
    """One job."""
    return answer(as_kue(changes.find(path.number), int(path.number)), 200)


@blueprint.get("/job/<number>/log", responses=openapi.responses({200: schemas.KueLines, **KNOWN}))
def get_kue_log(path: paths.NumberPath) -> Response:
    """The last lines that the handler logged."""
    return answer(usher().jobs.log_lines(changes.find(path.number).id), 200)


@blueprint.put("/job/<number>/state/<state>", responses=CHANGED)
def set_kue_state(path: paths.StatePath) -> Response:
    """Queue a failed or delayed job now. Only workers move a job to another state than `inactive`: 409."""
    changes.move(path.number, path.state)
    return answer({"message": "updated state"}, 200)


@blueprint.put("/job/<number>/priority/<priority>", responses=CHANGED)
def set_kue_priority(path: paths.PriorityPath) -> Response:
    """Change the priority of a job that has not started."""
    try:
        priority = priority_number(path.priority)
    except InvalidJobError:
        return _failure("invalid priority", 400)
    usher().controls.prioritise(changes.find(path.number).id, priority)
    return answer({"message": "updated priority"}, 200)


@blueprint.delete("/job/<number>", responses=CHANGED)
def delete_kue_job(path: paths.NumberPath) -> Response:
    """Cancel a job, or drop the record of one that is over."""
    changes.remove(path.number)
    return answer({"message": f"job {path.number} removed"}, 200)


@blueprint.get("/inactive/<number>", deprecated=True, responses=CHANGED)
def replay_kue_job(path: paths.NumberPath) -> Response:
    """Queue a failed or delayed job now; `PUT /kue/job/{number}/state/inactive` does the same."""
    changes.move(path.number, "inactive")
    return answer({"message": f"job {path.number} inactive"}, 200)


@blueprint.post(
    "/job",
    responses=openapi.responses(
        {200: schemas.KueMade, 204: None, 400: openapi.own_or_problem(400, schemas.KueRefused)},
        "batch_too_large",
        "too_many_types",
        "queue_full",
    ),
)
def create_kue_jobs(body: KueJobsBody) -> Response:
    """
    Make a job or several; 204 for an empty body.

    Of an array, each element is answered in its place, and those that are right are made. If some are wrong, the status
    is 400.
    """
    given: Any = body.root
    if not given and not isinstance(given, str):
        return _nothing()
    is_many = isinstance(given, list)
    if is_many and len(given) > usher().settings.batch_limit:
        return problem("batch_too_large", f"A request may have at most {usher().settings.batch_limit} elements.")
    asked = list(new_jobs(given if is_many else [given]))
    made = iter(_made([one for one in asked if isinstance(one, NewJob)]))
    told = [{"error": one} if isinstance(one, str) else next(made) for one in asked]
    status = 400 if any("error" in one for one in told) else 200
    return answer(told if is_many else told[0], status)


def _made(asked: list[NewJob]) -> list[dict[str, Any]]:
    for job_type in {job.type for job in asked}:
        require_type(job_type)
    jobs = [replace(job, id=fresh_id()) for job in asked]
    waiting.submit_many(jobs)
    for job in jobs[:AUDITED]:
        auditing.name(f"job:{job.id}")
    numbers = usher().numbered.of([job.id for job in jobs])
    return [{"message": "job created", "id": numbers[job.id]} for job in jobs]


def _nothing() -> Response:
    """204 for an empty body; a problem for a body that could not be read."""
    if request.get_data() and not request.is_json:
        return problem("unsupported_media_type", "Send the body as application/json.")
    try:
        if request.get_data():
            request.get_json()
    except BadRequest:
        return problem("malformed_json", "The body is not JSON.")
    return Response(status=204)


def _failure(text: str, status: int) -> Response:
    return answer({"error": text}, status)


@blueprint.errorhandler(UnknownJobError)
def _unknown(_: UnknownJobError) -> Response:
    return _failure(f'job "{(request.view_args or {})["number"]}" doesnt exist', 404)


@blueprint.errorhandler(InvalidJobError)
def _invalid(error: InvalidJobError) -> Response:
    return _failure(f"`{error.context['field']}` {error.text}", 400)


@blueprint.errorhandler(IllegalTransitionError)
def _refused(error: IllegalTransitionError) -> Response:
    return _failure(str(error), 409)
