"""Keeps secrets, and addresses of recipients, out of the lines."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from tasks_app.configuration import Settings, parse
from tasks_app.text import encoded_leniently

HIDDEN, NOBODY = "***", "(the recipient)"
SHORTEST = 4  # characters of a secret; a shorter one would hide innocent text, and is none
CREDENTIALS = re.compile(r"(://)[^/\s:@\"']*:[^/\s@\"']+@")  # in a URL


def mask_of(settings: Settings) -> Callable[[str], str]:
    """What hides the secrets of these settings, and the credentials of any URL, in a line."""
    servers = [parse(settings.redis_url), parse(settings.broker_url)]
    secrets = [*(server.password for server in servers), settings.apprise_address]
    secrets += [part for one in settings.webhook_secrets for part in (one.get_secret_value(),)]
    written = {
        form for one in secrets for form in (one, quote(one, safe=""), unquote(one), encoded_leniently(one)[1:-1])
    }
    longest_first = sorted((one for one in written if len(one) >= SHORTEST), key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def mask(line: str) -> str:
        if "://" in line:
            line = CREDENTIALS.sub(rf"\1{HIDDEN}@", line)
        return known.sub(HIDDEN, line)

    return mask


def masked_address(text: str, address: str) -> str:
    """The text of somebody else, such as a provider, without the address that it may quote."""
    forms = {address, quote(address, safe=""), unquote(address), address.removeprefix("+")}
    for form in sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True):
        text = re.sub(re.escape(form), NOBODY, text, flags=re.IGNORECASE)
    return text
