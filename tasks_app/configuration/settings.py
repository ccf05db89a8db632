"""Every setting. No other module reads the environment, and this module reads it only when it is asked."""

import os
from functools import cache
from ipaddress import ip_address
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasks_app.configuration import bundled, secret_files, servers
from tasks_app.configuration.forms import (
    ArchiveUrl,
    BrokerUrl,
    Channels,
    FoundKeys,
    Names,
    Networks,
    Origins,
    Port,
    Proxies,
    Rates,
    RateText,
    Region,
    StateUrl,
    Traces,
    WebhookSecrets,
    channel_names,
)
from tasks_app.configuration.secret_forms import VapidKey
from tasks_app.configuration.variables import sentences


def _plain(name: str) -> AliasChoices:
    """Variables whose names are common to such systems have no prefix."""
    return AliasChoices(name)


def _cores() -> int:
    """How many cores this process may use. Only Linux knows."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """
    Variables are `USHER_` and the field's name in capitals, except for fields with an alias. Names carry the units. A
    field that is not shown (`repr=False`) is a secret.

    Raises pydantic.ValidationError when a variable has an invalid value; variables.py turns it into sentences.
    """

    model_config = SettingsConfigDict(
        env_prefix="USHER_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    # Where things are
    redis_url_given: StateUrl = Field(None, validation_alias=_plain("REDIS_URL"), repr=False)
    broker_url_given: BrokerUrl = Field(None, validation_alias=_plain("BROKER_URL"), repr=False)
    port: Port = Field(1245, validation_alias=_plain("PORT"))
    flower_port: Port = Field(5555, validation_alias=_plain("FLOWER_PORT"))
    # Flower listens there, and the API finds it there
    flower_host: str = Field("127.0.0.1", validation_alias=_plain("FLOWER_HOST"))
    redis_port: Port = Field(6389, validation_alias=_plain("REDIS_PORT"))
    host: str = Field("127.0.0.1", validation_alias=_plain("HOST"))
    origins: Origins = ()  # whose pages may call the API: https://shop.example,...
    hosts: Names = ()  # names of the API, comma-separated; .a.org: all below it
    # Proxies before the API: their word on https and on their clients' addresses counts. Addresses, networks, or *
    proxies: Proxies = Field(("127.0.0.1", "::1"), validation_alias=_plain("FORWARDED_ALLOW_IPS"))
    session_seconds: int = Field(43_200, ge=60, le=604_800)  # how long a browser stays signed in, at most
    rate: RateText = "none"  # requests of a key that has no rate of its own: 100/s, 600/m
    streams: int | None = Field(None, ge=0, le=100_000)  # that such a key has open at once; None = any number
    # The audit log has changes by people; `all`: also what clients reserve, send and submit, at two writes each
    audit: Literal["changes", "all"] = "changes"
    keep_audit_seconds: int = Field(7_776_000, ge=3_600)
    keep_audit_count: int = Field(100_000, ge=100)
    # Of the bundled server. While the disk is slow, `everysec` answers before it has written: a SIGKILL may lose
    # answered jobs, a power cut a second of them. The group commit makes `always` affordable.
    redis_fsync: Literal["everysec", "always"] = "always"
    redis_memory_bytes: int | None = Field(None, ge=33_554_432)  # for its data; None = half of the machine's memory

    # Processes
    web_processes: int = Field(default_factory=lambda: min(_cores(), 4), ge=1, le=64)  # each fills a core, with 85 MB
    flower_jobs_per_second: int = Field(400, ge=0, le=10_000)  # at most so many are reported to Flower; 0 = none
    seller_concurrency: int = Field(1, ge=1, le=256)  # only for reservations; each takes a fraction of a ms
    worker_concurrency: int = Field(2, ge=1, le=256)  # processes for users' types
    # A worker that is stopped over the API may finish what it does for so long; then it ends at once
    stop_seconds: float = Field(60, ge=0, le=86_400)
    release: str = Field("", max_length=64)  # what the list of workers calls this deployment; "" = Usher's version
    handlers: Names = ()  # modules with the user's own handlers, comma-separated
    seed: Literal["classic", "none"] = "classic"

    # Logs
    log_format: Literal["auto", "text", "json"] = "auto"  # auto: text on a terminal, JSON elsewhere
    access_log: Literal["off", "errors", "all"] = "off"  # of the API; a line costs about as much as a quick request
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"

    # Traces: docs/traces.md. The SDK reads the other OTEL_ variables by itself
    traces: Traces = "off"
    otel_traces_exporter: str = Field("otlp", validation_alias=_plain("OTEL_TRACES_EXPORTER"))

    # Jobs
    lease_seconds: float = Field(30, ge=1)  # a worker may be silent about an active job for so long
    stall_limit: int = Field(3, ge=0)  # how many leases a job may lose before it counts as poison
    wake_seconds: float = Field(5, ge=0.2)  # a wake-up that has started no turn for so long may be lost
    queue_limit: int = Field(100_000, ge=1)  # queued jobs of one type; above, new ones are answered 429
    type_limit: int = Field(500, ge=1)  # types that have jobs; above, types without a handler are answered 422
    # For one attempt at a job of a user's type, unless its handler sets another limit
    time_limit_seconds: float = Field(600, ge=0.1, le=31_536_000)
    # For one message of reservations or notifications, with up to 200 jobs. A send may take both its timeouts
    message_time_limit_seconds: float = Field(600, ge=30, le=31_536_000)

    # How long finished jobs and events stay readable: by age or by count, whichever comes first
    keep_complete_seconds: int = Field(86_400, ge=60)
    keep_failed_seconds: int = Field(604_800, ge=60)
    keep_cancelled_seconds: int = Field(86_400, ge=60)
    keep_count: int = Field(500_000, ge=1)  # per type and final state
    keep_events: int = Field(100_000, ge=100)  # of jobs, in their stream

    # Reservations
    hold_seconds: float = Field(600, gt=0)
    hold_max_seconds: float = Field(7_200, gt=0)  # the longest lifetime of a hold, with its extensions
    # Keys of metadata by which reservations are found, at most three, comma-separated: order,email
    find_by: FoundKeys = ()
    # Of callers without a key, where there are keys: `on` lets the buyers' pages reserve
    public_sale: Literal["on", "off"] = "off"
    public_sale_per_address: int = Field(60, ge=1)  # tries of one address in ten minutes
    public_sale_streams: int = Field(200, ge=1)  # of one address at once
    public_sale_units: int = Field(10, ge=1, le=1_000_000)  # in one reservation of a buyer's page
    keep_holds_seconds: int = Field(2_592_000, ge=60)  # released and expired holds of an inventory
    # Where that goes before it is forgotten: file:///var/lib/usher/archive, s3://bucket/usher; "" = nowhere
    archive: ArchiveUrl = ""

    # Notifications
    channels: Channels = ()  # modules with the user's own channels, comma-separated
    connect_timeout_seconds: float = Field(5, gt=0)  # to a provider, TLS included
    answer_timeout_seconds: float = Field(15, gt=0)  # from the first byte sent to the whole answer
    # Private, local and reserved networks to which Usher may send nevertheless: 10.0.0.0/8,fd00::/8
    allowed_networks: Networks = ()
    # whsec_..., comma-separated; each of them signs every request
    webhook_secrets: WebhookSecrets = Field((), repr=False)
    vapid_key: VapidKey | None = Field(None, repr=False)  # signs Web Push; None = the first start makes a key
    # Some push services want a real address.
    vapid_contact: str = Field("mailto:usher@localhost", pattern="^(mailto:|https://).")
    # Of the channel `apprise`; the recipient's address replaces {to}.
    apprise_url: SecretStr | None = Field(None, repr=False)
    phone_region: Region = "US"  # for telephone numbers without a country code; ISO 3166, two letters
    sends_in_flight: int = Field(64, ge=1, le=250)  # of one notifier process, to one provider and account
    rates: Rates = Field(default_factory=dict)  # webhook=50,apprise=1: sends per second
    rate_burst: int = Field(10, ge=1)  # sends to one provider that may start at once

    # HTTP
    state_timeout_seconds: float = Field(0.8, gt=0)  # one round trip of the web process; two fit into the promised 2 s
    body_limit_bytes: int = Field(4_194_304, ge=1_024)  # the largest batch has 400 bytes for each job
    batch_limit: int = Field(10_000, ge=1)  # jobs in one request
    wait_limit_seconds: float = Field(30, gt=0)  # the longest `Prefer: wait`
    ready_seconds: float = Field(20, gt=0)  # /readyz fails when nobody has consumed a queue for so long

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return secret_files.read(values, cls.secret_variables(), os.environ)  # noqa: TID251

    @classmethod
    def secret_variables(cls) -> dict[str, str]:
        """The variables of the secret settings, each of which NAME_FILE may give as well; secret_files.variables."""
        return secret_files.variables(cls.model_fields, "usher_")

    def channel_modules(self) -> dict[str, str]:
        """The user's own channels: name -> name of the module."""
        return {module.rpartition(".")[2]: module for module in self.channels}

    def channel_names(self) -> tuple[str, ...]:
        """All channels, sorted."""
        return channel_names(self.channels)

    def rate_of(self, channel: str) -> float | None:
        """Sends per second to one provider and account over this channel; None = no limit."""
        return self.rates.get(channel)

    @model_validator(mode="after")
    def _hold_fits(self) -> "Settings":
        if self.hold_seconds > self.hold_max_seconds:
            raise ValueError("USHER_HOLD_SECONDS must not be above USHER_HOLD_MAX_SECONDS")
        return self

    @model_validator(mode="after")
    def _broker_is_no_cluster(self) -> "Settings":
        if servers.is_cluster(self.redis_url_given or "") and not self.broker_url_given:
            raise ValueError("BROKER_URL must name a server where REDIS_URL is a cluster: Celery cannot use one")
        return self

    @property
    def is_local(self) -> bool:
        """Does the API listen at the loopback address, which only this machine reaches?"""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:  # a name: nobody knows what it stands for when the server starts
            return False

    @property
    def apprise_address(self) -> str:
        """The URL of the channel `apprise`, secrets included; "" = none is set."""
        return self.apprise_url.get_secret_value() if self.apprise_url else ""

    @property
    def vapid_private_key(self) -> str:
        """The private key that signs Web Push, base64url; "" = none is set, and the state has one."""
        return self.vapid_key.get_secret_value() if self.vapid_key else ""

    @property
    def redis_url(self) -> str:
        """The state's server or cluster: the user's own, otherwise the bundled server."""
        return self.redis_url_given or f"redis://:{bundled.password()}@127.0.0.1:{self.redis_port}/0"

    @property
    def broker_url(self) -> str:
        """The broker's server: the user's own, or the database after the state's; they never share a database."""
        return self.broker_url_given or servers.parse(self.redis_url).next_database().url


def read_settings() -> Settings:
    """Reads the settings as a process starts. Raises SystemExit with a sentence, not a traceback, if some are wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise SystemExit(f"usher: {sentences(error)}") from None


@cache
def own_settings() -> Settings:
    """The settings of this program, read from the environment at the first call. Raises as read_settings."""
    return read_settings()
