"""For a user's own channel, which USHER_CHANNELS names: its terms, and what its sender gets and answers.

    from usher.channels import CONNECTION, Meaning, Notification, Reply, Terms, named

    def terms(settings):
        return Terms(named, attempts=3, answers={**CONNECTION, "put": Meaning("sent")})

    def open_channel(usher):
        return Pigeon()                     # has scope(notification) -> str and send(notification) -> Reply

`settings` are Usher's, among them `phone_region`; `usher.settings` are the same.

`named`, `mail` and `web` are rules of addresses: a name, a mail address, a URL. A rule of your own takes the text and
returns an `Address`, or raises `InvalidAddressError`. docs/notifications.md has a whole channel.
"""

from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import CONNECTION, HTTP, Address, Meaning, Notification, Reply, Terms, mail, named, web

__all__ = [
    "CONNECTION",
    "HTTP",
    "Address",
    "InvalidAddressError",
    "Meaning",
    "Notification",
    "Reply",
    "Terms",
    "mail",
    "named",
    "web",
]
