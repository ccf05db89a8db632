"""The Flask application: the routes of every subject, the documents, the errors."""

from flask import Response
from flask.globals import request_ctx
from flask_openapi3 import Info

from api.access import admit, audit, auditing, check_routes, keys, limits
from api.bulk import bulk
from api.buyers import buyers
from api.cancellations import cancellations
from api.classic import classic
from api.customers import customers
from api.flower import flower
from api.health import dead_messages, health, history, workers
from api.http import DocumentedApi, Json, attach, bodies, doors, problems
from api.inventory import products, reservations, shows
from api.jobs import batches, failures, jobs, queues
from api.jobs import types as job_types
from api.kue import kue
from api.metrics import metrics
from api.notifications import channels, notifications, sandbox, subscriptions, suppressions
from api.pages import pages
from api.server import ROUTE, Traced
from api.stream import stream
from tasks_app import VERSION
from tasks_app.usher import Usher


def create_app(usher: Usher | None = None) -> DocumentedApi:
    """
    Make the application of this Usher, by default of one made from the environment. It opens no connection before the
    first request, which comes after any fork.
    """
    usher = usher or Usher()
    settings = usher.settings
    app = DocumentedApi(
        "api",
        static_folder="pages/static",
        template_folder="pages/templates",
        info=Info(
            title="Usher",
            version=VERSION,
        ),
        validation_error_model=problems.Problem,
        validation_error_callback=problems.invalid,
        doc_prefix="/docs",
    )
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit_bytes
    app.config["OPENAPI_HTML_STRING"] = app.config["SWAGGER_HTML_STRING"] = '{% include "documents.html" %}'
    app.json = Json(app)
    attach(app, usher)
    problems.register(app)
    things = (
        shows,
        cancellations,
        products,
        reservations,
        customers,
        notifications,
        suppressions,
        subscriptions,
        channels,
        sandbox,
        jobs,
        batches,
        bulk,
        job_types,
        failures,
        workers,
        queues,
        dead_messages,
        keys,
        audit,
    )
    for subject in (health, history, metrics, *things, stream, classic, kue):
        app.register_api(subject.blueprint)
    app.register_api(buyers.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(flower.blueprint)
    changing = classic.CHANGING | kue.CHANGING
    for rule in app.url_map.iter_rules():
        if rule.endpoint in changing:  # Flask would answer a HEAD as a GET, and sell
            rule.methods = {"GET"}
    check_routes(app)
    app.after_request(doors.furnish)
    app.after_request(auditing.end)
    app.after_request(limits.furnish)
    tells_routes = settings.access_log != "off" or usher.traces is not None
    if usher.traces is not None:
        app.wsgi_app = Traced(app.wsgi_app, usher.traces)  # type: ignore[method-assign]

    @app.before_request
    def inspect() -> Response | None:
        asked = request_ctx.request
        if tells_routes and asked.url_rule is not None:
            asked.environ[ROUTE] = asked.url_rule.rule
        refused = doors.inspect(asked, changing, settings) or admit(asked, changing) or bodies.inspect(asked)
        if refused is None:
            auditing.begin(asked, changing)
        return refused

    for broken in bodies.BROKEN:
        app.register_error_handler(broken, bodies.broken)
    return app
