"""The body that asks for a bulk operation: an action, the filter of the list of jobs, and how fast."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from api.access import caller
from api.http import Body, JobId, Moment, Parameters, usher
from api.jobs import JobText, Priority, Target, TypeName, priority_number
from tasks_app.bulk import ACTIONS, Wish
from tasks_app.jobs import State, WantedJobs, messages

RATE_LEAST, RATE_MOST = 0.01, 10_000


def _not_ours(name: str) -> str:
    if name == messages.BULK_OPERATION:
        raise ValueError("names bulk operations, which are stopped one by one")
    return name


def _declared(given: dict[str, str]) -> dict[str, str]:
    keys = usher().settings.find_by
    if unknown := given.keys() - {*keys}:
        known = ", ".join(f"`{key}`" for key in keys) or "none"
        raise ValueError(f"has {', '.join(sorted(unknown))}, but jobs are found by these keys of metadata: {known}")
    return given


class FilterBody(Body):
    """Which jobs: those to which all of this applies, as in the list of jobs. At least one condition."""

    q: JobText | None = Field(
        None, description="Only jobs with this text in their id, title, type, target, customer or declared metadata"
    )
    state: Literal["queued", "delayed", "active", "complete", "failed", "cancelled"] | None = Field(
        None, description="Only jobs in this state; by default in any for which the action is"
    )
    type: Annotated[TypeName, AfterValidator(_not_ours)] | None = Field(None, description="Only jobs of this type")
    target: Target | None = Field(None, description="Only jobs about this: `show:ID` or `product:ID`")
    batch: JobId | None = Field(None, description="Only jobs of this batch")
    code: JobText | None = Field(None, description="Only jobs whose last attempt failed with this code")
    since: Annotated[Moment | None, Field(description="Not made before this, as a text")] = None
    until: Annotated[Moment | None, Field(description="Made before this, as a text")] = None
    metadata: Annotated[dict[str, str], AfterValidator(_declared)] = Field(
        {}, description="Only jobs with these values of declared keys of metadata", examples=[{}]
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not any(value for value in self.model_dump().values()):
            raise ValueError("must have at least one condition")
        return self

    def wanted(self) -> WantedJobs:
        """The same for the list."""
        return WantedJobs(
            state=State(self.state) if self.state else None,
            type=self.type or "",
            target=self.target or "",
            batch=self.batch or "",
            code=self.code or "",
            text=self.q or "",
            keys=usher().settings.find_by,
            metadata=self.metadata,
            since_ms=int(self.since or 0),
            until_ms=int(self.until) if self.until else None,
        )


class BulkBody(Body):
    """What to do, and to which jobs."""

    action: Literal["cancel", "replay", "run_now", "priority", "delete"] = Field(
        description="`replay` and `delete` are for jobs that are over, the others for those that are not"
    )
    filter: FilterBody = Field(description="Which jobs, as they are at the moment of the request")
    priority: Priority | None = Field(None, description="With `priority`: the new one")
    rate: Annotated[float, Field(ge=RATE_LEAST, le=RATE_MOST)] | None = Field(
        None, description="At most so many jobs a second; null = as fast as it goes"
    )
    dry_run: bool = Field(False, description="Only say which jobs it would find")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.action == "priority") != (self.priority is not None):
            raise ValueError("must have `priority` with the action `priority`, and with no other")
        states = ACTIONS[self.action]
        if self.filter.state is not None and self.filter.state not in states:
            raise ValueError(f"has the action `{self.action}`, which is for jobs in the states {', '.join(states)}")
        return self

    def wish(self) -> Wish:
        """The same for the worker."""
        priority = 0 if self.priority is None else priority_number(self.priority)
        return Wish(self.action, self.filter.wanted(), priority, self.rate, caller().owner)

    def canonical(self) -> dict[str, Any]:
        """What a repeated request must have in common with it."""
        return self.model_dump(exclude={"dry_run"})


class BulkPath(Parameters):
    """A bulk operation."""

    bulk_id: Annotated[JobId, Field(description="The `id` in the answer that took it in")]
