"""The answers about keys."""

from pydantic import BaseModel, ConfigDict, Field

from tasks_app.access import By, Outcome, Role


class Key(BaseModel):
    """An API key, without its text."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Its id; the text is `usk_<id>_...`, so a leaked text names its key")
    owner: str = Field(description="Whose it is: what one key of an owner made belongs to all keys of that owner")
    roles: list[Role] = Field(description="What it may do")
    scopes: list[str] = Field(description="What it is limited to; empty = not limited")
    rate: str | None = Field(description="How many requests; null = as `USHER_RATE` says", examples=["100/s"])
    streams: int | str | None = Field(
        description="How many streams at once, or `none`: no bound; null = as `USHER_STREAMS` says", examples=[20]
    )
    state: str = Field(description="`valid`, `expired` or `revoked`", examples=["valid"])
    created_ms: int = Field(description="Unix ms")
    expires_ms: int | None = Field(description="Unix ms; null = never")
    revoked_ms: int | None = Field(description="Unix ms; null = it is not revoked")
    used_ms: int | None = Field(description="When it was last used, unix ms, up to a minute late; null = never")


class NewKey(Key):
    """A key that was just made, with its text."""

    key: str = Field(description="Its text. Nobody can read it again: Usher keeps a hash", examples=["usk_..."])


class Keys(BaseModel):
    """All keys."""

    model_config = ConfigDict(extra="forbid")

    keys: list[Key] = Field(description="The oldest first; those that are over as well, for 30 days")


class Change(BaseModel):
    """An entry of the audit log."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Its id")
    at_ms: int = Field(description="When, unix ms by the clock of Redis")
    by: By = Field(description="nobody = where no key is needed; session = a browser that signed in with the key")
    key_id: str = Field(description="The id of the key; empty = none")
    owner: str = Field(description="The owner of the key; of a command the user of the operating system")
    roles: list[str] = Field(description="The roles of the key")
    what: str = Field(description="The operation, or the command", examples=["revoke_key"])
    on: list[str] = Field(description="What it was about", examples=[["key:k7u3xq2a"]])
    address: str = Field(description="The IP address it came from; of a command the machine")
    request_id: str = Field(description="The `X-Request-Id` of its request")
    outcome: Outcome = Field(description="unknown = it began, and nobody could say how it ended")
    status: int | None = Field(description="The HTTP status; null = none is known")
    code: str = Field(description="The code of the problem; empty = none")


class Changes(BaseModel):
    """Part of the audit log."""

    model_config = ConfigDict(extra="forbid")

    changes: list[Change] = Field(description="The newest first")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])
