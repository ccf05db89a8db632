"""Parts: what the API, the workers and programs use of an Usher, each built from its settings at its first use."""

from functools import cached_property, partial

from celery import Celery

from tasks_app.access import (
    SIGN_INS_AT_MOST,
    Allowances,
    Attempts,
    AuditLog,
    FlowerPass,
    KeyRing,
    KeyStore,
    ReservationTokens,
    Sessions,
    StreamPlaces,
)
from tasks_app.archive import Archive, open_archive
from tasks_app.bulk import BulkQueries
from tasks_app.configuration import Settings, servers
from tasks_app.customers import Forgettings, KnownCustomers, Pseudonyms
from tasks_app.doctor import CurrentFindings
from tasks_app.events import EventReader
from tasks_app.inventory import Auditor, InventoryQueries, ReservationLists, Reservations
from tasks_app.jobs import (
    BatchQueries,
    DeadMessages,
    Depths,
    FailureQueries,
    Identity,
    Intake,
    JobControls,
    JobLists,
    JobQueries,
    NumberedJobs,
    Publisher,
    SlotQueries,
    TypeRules,
    Workers,
)
from tasks_app.metrics import INTAKE, HistoryQueries, Meter, MeterQueries
from tasks_app.notifications import Channels, Recipients, SandboxSwitch, Subscriptions, Suppressions
from tasks_app.state import Connections, access_keys
from tasks_app.traces import Traces, open_traces


class Parts:
    """The parts on these settings and connections. Each is built at its first use, and connects when it is used."""

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self.settings, self.connections = settings, connections

    @cached_property
    def celery(self) -> Celery:
        """The Celery application. Its settings: celeryconfig.py, and the broker from ours."""
        broker = servers.parse(self.settings.broker_url)
        # If only the URL said so, Celery would accept any certificate.
        app = Celery("usher", broker=broker.celery_url, changes={"broker_use_ssl": broker.celery_tls})
        app.config_from_object("celeryconfig")
        return app

    @cached_property
    def publisher(self) -> Publisher:
        """Sends wake-ups."""
        return Publisher(self.celery)

    @cached_property
    def traces(self) -> Traces | None:
        """The traces of this process; None = they are off."""
        return open_traces(self.settings)

    @cached_property
    def intake(self) -> Intake:
        """Takes jobs in."""
        on_write = partial(self.meter.observe, INTAKE, ())
        return Intake(self.connections.state, self.publisher.hand_over, self.settings, on_write, self.traces)

    @cached_property
    def identity(self) -> Identity:
        """Derives ids from keys of callers."""
        return Identity(self.connections.state)

    @cached_property
    def api_keys(self) -> KeyStore:
        """Makes, lists and revokes API keys."""
        return KeyStore(self.connections.state)

    @cached_property
    def key_ring(self) -> KeyRing:
        """Finds the API key of a request."""
        return KeyRing(self.api_keys, self.settings.is_local)

    @cached_property
    def allowances(self) -> Allowances:
        """Keeps the rates of keys."""
        return Allowances(self.connections.state)

    @cached_property
    def stream_places(self) -> StreamPlaces:
        """Counts the streams of keys."""
        return StreamPlaces(self.connections.state)

    @cached_property
    def reservation_tokens(self) -> ReservationTokens:
        """Makes and reads the tokens of end customers."""
        return ReservationTokens(self.identity)

    @cached_property
    def sessions(self) -> Sessions:
        """Makes and reads the sign-ins of browsers."""
        return Sessions(self.identity)

    @cached_property
    def sign_ins(self) -> Attempts:
        """Bounds how often somebody may try to sign in."""
        return Attempts(self.connections.state, access_keys.sign_ins, SIGN_INS_AT_MOST)

    @cached_property
    def buyers(self) -> Attempts:
        """Bounds how often somebody without a key may try to reserve."""
        return Attempts(self.connections.state, access_keys.buyers, self.settings.public_sale_per_address)

    @cached_property
    def audit_log(self) -> AuditLog:
        """Who changed what."""
        settings = self.settings
        return AuditLog(self.connections.state, settings.keep_audit_seconds, settings.keep_audit_count)

    @cached_property
    def flower_pass(self) -> FlowerPass:
        """Lets requests of the web process into Flower."""
        return FlowerPass(self.identity)

    @cached_property
    def jobs(self) -> JobQueries:
        """Reads jobs."""
        return JobQueries(self.connections.state)

    @cached_property
    def job_lists(self) -> JobLists:
        """Lists jobs."""
        return JobLists(self.connections.state)

    @cached_property
    def failures(self) -> FailureQueries:
        """Says which jobs failed alike."""
        return FailureQueries(self.connections.state)

    @cached_property
    def numbered(self) -> NumberedJobs:
        """Knows jobs by numbers, as Kue does."""
        return NumberedJobs(self.connections.state)

    @cached_property
    def batches(self) -> BatchQueries:
        """Reads batches."""
        return BatchQueries(self.connections.state)

    @cached_property
    def controls(self) -> JobControls:
        """Cancels, replays, pauses."""
        return JobControls(self.connections.state, self.publisher.hand_over)

    @cached_property
    def bulk(self) -> BulkQueries:
        """Reads bulk operations."""
        return BulkQueries(self.jobs, self.job_lists, self.batches, self.settings.find_by)

    @cached_property
    def types(self) -> TypeRules:
        """The weights and limits of job types."""
        return TypeRules(self.connections.state, self.publisher.hand_over)

    @cached_property
    def slots(self) -> SlotQueries:
        """What the workers' slots do."""
        return SlotQueries(self.connections.state)

    @cached_property
    def workers(self) -> Workers:
        """The workers' processes: reads, quiets and stops them."""
        return Workers(self.connections.state)

    @cached_property
    def dead_messages(self) -> DeadMessages:
        """Messages that no worker could read."""
        return DeadMessages(self.connections.broker)

    @cached_property
    def depths(self) -> Depths:
        """How long the broker's queues are."""
        return Depths(self.connections.broker)

    @cached_property
    def meter(self) -> Meter:
        """Counts what this process does, for /metrics."""
        return Meter(self.connections)

    @cached_property
    def meters(self) -> MeterQueries:
        """Reads what all processes counted."""
        return MeterQueries(self.connections.state)

    @cached_property
    def findings(self) -> CurrentFindings:
        """Says what is wrong."""
        return CurrentFindings(self.settings, self.connections, self.jobs, self.slots)

    @cached_property
    def history(self) -> HistoryQueries:
        """Reads the history by the minute."""
        return HistoryQueries(self.connections.state)

    @cached_property
    def inventories(self) -> InventoryQueries:
        """Reads shows and products."""
        return InventoryQueries(self.connections.state)

    @cached_property
    def reservations(self) -> Reservations:
        """Finds reservations."""
        return Reservations(self.connections.state)

    @cached_property
    def reservation_lists(self) -> ReservationLists:
        """Lists reservations."""
        return ReservationLists(self.connections.state)

    @cached_property
    def auditor(self) -> Auditor:
        """Audits shows and products."""
        return Auditor(self.connections.state)

    @cached_property
    def events(self) -> EventReader:
        """Reads what happened."""
        return EventReader(self.connections.state, self.connections.patient_state)

    @cached_property
    def channels(self) -> Channels:
        """The ways of sending notifications."""
        return Channels(self.settings)

    @cached_property
    def recipients(self) -> Recipients:
        """Tells whom an address names."""
        return Recipients(self.channels, self.settings)

    @cached_property
    def suppressions(self) -> Suppressions:
        """The recipients that are not notified."""
        return Suppressions(self.connections.state, self.recipients)

    @cached_property
    def sandbox(self) -> SandboxSwitch:
        """The switch by which notifications go to the console."""
        return SandboxSwitch(self.connections.state)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """The browsers' Web Push subscriptions."""
        return Subscriptions(self.connections.state, self.identity)

    @cached_property
    def archive(self) -> Archive | None:
        """The files of what was forgotten; None = there are none."""
        return open_archive(self.settings.archive) if self.settings.archive else None

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The names of forgotten customers."""
        return Pseudonyms(self.connections.state)

    @cached_property
    def forgettings(self) -> Forgettings:
        """The requests to forget customers."""
        return Forgettings(self.connections.state)

    @cached_property
    def known_customers(self) -> KnownCustomers:
        """Reads what is known of a customer."""
        return KnownCustomers(self.connections.state, self.suppressions, self.settings.channel_names())
