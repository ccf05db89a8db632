"""Schemas of the answer about a forgotten customer, for the served documents."""

from typing import Literal

from pydantic import Field

from api.jobs import Links, Schema


class Replaced(Schema):
    """Where the pseudonym stands now; after a worker died over it, maybe a few less than there were."""

    reservations: int = Field(description="Reservations that Usher still has", examples=[2])
    changes: int = Field(description="Changes in ledgers by which they took units", examples=[3])
    jobs: int = Field(description="Jobs that were over: what they had of the customer is gone", examples=[4])
    events: int = Field(description="Entries of the stream of jobs' events", examples=[1])


class Kept(Schema):
    """Something that stays."""

    what: Literal["sales", "suppressions", "unfinished_jobs", "archive"] = Field(
        description="What it is", examples=["suppressions"]
    )
    count: int | None = Field(description="How many changes, jobs or addresses; null = unknown", examples=[1])
    channels: list[str] = Field(default=[], description="Of suppressions: on which lists", examples=[["any"]])
    why: str = Field(description="Why it stays, and what would remove it", examples=["So that nobody writes to it."])


class ForgottenCustomer(Schema):
    """A customer was forgotten."""

    customer: str = Field(description="The pseudonym, the same each time", examples=["forgotten-0123456789abcdef0123"])
    replaced: Replaced = Field(description="How many things have the pseudonym now")
    kept: list[Kept] = Field(description="What stays, and why")
    links: Links
