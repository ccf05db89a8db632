"""The answers about keys."""

from pydantic import BaseModel, ConfigDict, Field

from tasks_app.access import Role


class Key(BaseModel):
    """An API key, without its text."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Its id; the text is `usk_<id>_...`, so a leaked text names its key")
    owner: str = Field(description="Whose it is: what one key of an owner made belongs to all keys of that owner")
    roles: list[Role] = Field(description="What it may do")
    scopes: list[str] = Field(description="What it is limited to; empty = not limited")
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
