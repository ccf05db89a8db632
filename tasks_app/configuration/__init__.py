"""The settings, and what they may name: servers, networks, channels."""

from tasks_app.configuration import bundled, servers
from tasks_app.configuration.channel_names import DEFAULT_CHANNEL
from tasks_app.configuration.networks import Network, allowed, literal
from tasks_app.configuration.rate import UNLIMITED, Rate, checked_rate, parse_rate
from tasks_app.configuration.servers import Server, parse
from tasks_app.configuration.settings import Settings, own_settings, read_settings

__all__ = [
    "DEFAULT_CHANNEL",
    "UNLIMITED",
    "Network",
    "Rate",
    "Server",
    "Settings",
    "allowed",
    "bundled",
    "checked_rate",
    "literal",
    "own_settings",
    "parse",
    "parse_rate",
    "read_settings",
    "servers",
]
