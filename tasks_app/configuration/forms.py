"""The forms of settings that are more than a number or a word: each takes the text of a variable and checks it."""

import re
from functools import cache
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Annotated, Literal

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_settings import NoDecode

from tasks_app.configuration import servers
from tasks_app.configuration.channel_names import CHANNELS
from tasks_app.configuration.networks import Network
from tasks_app.configuration.rate import checked_rate
from tasks_app.configuration.secret_forms import checked_webhook_secret
from tasks_app.configuration.variables import is_address

ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
FOUND_KEYS, FOUND_KEY = 3, re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def _split(value: object) -> object:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _channels(modules: tuple[str, ...]) -> tuple[str, ...]:
    names = list(CHANNELS)
    for module in modules:
        name = module.rpartition(".")[2]
        if not name.isidentifier() or name == "any" or name in names:
            shown = "a URL" if is_address(module) else f"the module {module!r}"
            raise ValueError(f"names {shown}, whose last part must be a name that no channel has yet")
        names.append(name)
    return modules


@cache
def channel_names(modules: tuple[str, ...]) -> tuple[str, ...]:
    """All channels, sorted: those that come with Usher, and the user's own, which are modules."""
    return tuple(sorted((*CHANNELS, *(module.rpartition(".")[2] for module in modules))))


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError("an origin is written as https://shop.example or http://localhost:3000, without a path")
    return tuple(origin.lower() for origin in origins)


def _found_keys(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) > FOUND_KEYS or len(set(names)) < len(names) or not all(map(FOUND_KEY.fullmatch, names)):
        raise ValueError(
            f"names up to {FOUND_KEYS} different keys, each of up to 32 letters, digits, `_` and `-`: order,email"
        )
    return names


def _proxies(proxies: tuple[str, ...]) -> tuple[str, ...]:
    for one in proxies:
        try:
            ip_network("::/0" if one == "*" else one)
        except ValueError:
            raise ValueError("must list addresses or networks, as 127.0.0.1,10.0.0.0/8, or be *") from None
    return proxies


def _webhook_secrets(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    return tuple(map(checked_webhook_secret, secrets))


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return [ip_network(name.strip()) for name in value.split(",") if name.strip()]
    except ValueError as error:
        raise ValueError("a network is written as 10.0.0.0/8 or fd00::/8, no bits set behind its length") from error


def _traced(traces: str) -> str:
    if traces == "on" and not (find_spec("opentelemetry") and find_spec("opentelemetry.sdk")):
        raise ValueError("needs packages that come with the extra: pip install 'usher[otel]'")
    return traces


def _archive_url(url: str) -> str:
    if url.startswith("file://"):
        if not url.startswith("file:///"):
            raise ValueError("must have an absolute path: file:///var/lib/usher/archive")
    elif url and "://" not in url:
        raise ValueError("must be a URL: file:///var/lib/usher/archive, or s3://bucket/usher")
    elif url and not find_spec("fsspec"):
        raise ValueError("needs packages that come with the extra: pip install 'usher[archive]'")
    return url


def _state_url(url: str | None) -> str | None:
    return servers.parse(url).url if url else None


def _broker_url(url: str | None) -> str | None:
    if url and servers.parse(url).is_cluster:
        raise ValueError("must name one server: Celery cannot use a cluster")
    return _state_url(url)


def _region(region: str) -> str:
    if region.upper() not in SUPPORTED_REGIONS:
        raise ValueError("must be a country in two letters, such as DE")
    return region.upper()


def _rates(value: object, field: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    channels = channel_names(field.data.get("channels", ()))
    pairs = (pair.partition("=") for pair in value.split(",") if pair.strip())
    rates = {channel.strip(): rate.strip() for channel, _, rate in pairs}
    for name in rates.keys() - set(channels):
        shown = "a URL" if is_address(name) else repr(name)
        raise ValueError(f"names {shown}, which is no channel; there are {', '.join(channels)}")
    return rates


Port = Annotated[int, Field(ge=1, le=65535)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]  # comma-separated, as the next ones
Channels = Annotated[Names, AfterValidator(_channels)]
Origins = Annotated[Names, AfterValidator(_origins)]
FoundKeys = Annotated[Names, AfterValidator(_found_keys)]
Proxies = Annotated[Names, AfterValidator(_proxies)]
WebhookSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split), AfterValidator(_webhook_secrets)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
Traces = Annotated[Literal["off", "on"], AfterValidator(_traced)]
ArchiveUrl = Annotated[str, AfterValidator(_archive_url)]
StateUrl = Annotated[str | None, AfterValidator(_state_url)]
BrokerUrl = Annotated[str | None, AfterValidator(_broker_url)]
RateText = Annotated[str, AfterValidator(checked_rate)]
Region = Annotated[str, AfterValidator(_region)]
# webhook=50,apprise=1; the field must come after `channels`
Rates = Annotated[dict[str, Annotated[float, Field(gt=0)]], NoDecode, BeforeValidator(_rates)]
