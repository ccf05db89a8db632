"""Schemas of the answers about bulk operations, for the served documents."""

from typing import Any, Literal

from pydantic import Field

from api.jobs import ID, MOMENT_MS, Links, ListedJob, Schema

Action = Literal["cancel", "replay", "run_now", "priority", "delete"]


class BulkPreview(Schema):
    """What a bulk operation would find."""

    action: Action = Field(description="What it would do", examples=["replay"])
    dry_run: bool = Field(description="Always true: nothing was changed", examples=[True])
    count: int = Field(description="How many jobs it would find now", examples=[1204])
    is_all: bool = Field(description="false = there may be more: 10,000 jobs were looked at", examples=[True])
    examples: list[ListedJob] = Field(description="Up to five of them")


class Bulk(Schema):
    """A bulk operation, and what it has done so far."""

    id: str = Field(description="Its id, which is also its job's", examples=[ID])
    action: Action = Field(description="What it does", examples=["replay"])
    filter: dict[str, Any] = Field(
        description="Which jobs, as asked for; `text` is `q`, and times are unix ms",
        examples=[{"type": "push_notification_code", "state": "failed"}],
    )
    priority: int | None = Field(
        description="The new priority, lower numbers run first; null = it does something else", examples=[None]
    )
    rate: float | None = Field(description="At most so many jobs a second; null = any number", examples=[10])
    by: str | None = Field(description="The owner of the key; null = no key was needed", examples=["ops"])
    state: Literal["running", "complete", "stopped", "failed"] = Field(
        description="`running` also while it waits for a worker", examples=["running"]
    )
    frozen_ms: int = Field(
        description="It means the jobs that its filter finds at this moment, unix ms", examples=[MOMENT_MS]
    )
    finished_ms: int | None = Field(description="When it ended, unix ms; null = it has not", examples=[None])
    total: int = Field(description="How many jobs it has to look at, as counted when it was asked for", examples=[1204])
    looked_at: int = Field(description="At how many of these jobs it has looked", examples=[600])
    done: int = Field(description="How many jobs it has changed", examples=[598])
    skipped: dict[str, int] = Field(
        description="How many it left as they are: `changed` is in another state by now or gone; `gone` was forgotten;"
        " `not_possible`, as its units may be taken or sold; `not_unique`, as another job has its key",
        examples=[{"changed": 2}],
    )
    failed: dict[str, int] = Field(description="How many could not be changed, by the code of the error", examples=[{}])
    examples: dict[str, list[str]] = Field(
        description="Some ids for each reason and code", examples=[{"changed": [ID]}]
    )
    error: dict[str, Any] | None = Field(description="Why it failed: `code`, `message`", examples=[None])
    links: Links


class BulkPage(Schema):
    """Some bulk operations."""

    operations: list[Bulk] = Field(description="Those that wait or run, then the others, the latest first")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])
