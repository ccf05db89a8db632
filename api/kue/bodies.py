"""What Kue's callers send to make jobs, read as leniently as Kue does, and the jobs that it asks for."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, SkipValidation, ValidationError
from pydantic import Tag as Branch

from api.http import LongBody, faults
from api.jobs import Data
from api.kue.names import priority_number, stored_type
from tasks_app.errors import InvalidJobError
from tasks_app.jobs import Backoff, NewJob, bounds
from tasks_app.notifications import with_breaks

TYPE_MISSING = "Must provide job type"  # Kue's own words
WaitMs = Annotated[int, Field(ge=bounds.WAIT_MS.least, le=bounds.WAIT_MS.most)]


def _without_empty(given: Any) -> Any:
    """As in Kue, an option that is null, 0, false or empty counts as left out."""
    return {name: value for name, value in given.items() if value} if isinstance(given, dict) else given


class KueModel(BaseModel):
    """Ignores what it does not know, and reads numbers in texts."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class KueBackoff(KueModel):
    """The wait before the next attempt. Data only: Kue runs a text as code."""

    type: Literal["fixed", "exponential"] = Field(description="`exponential` doubles with each attempt")
    delay: WaitMs | None = Field(None, description="The first wait, ms; by default the job's `delay`")
    max_delay: WaitMs = Field(bounds.WAIT_MS.most, alias="maxDelay", description="The longest wait, ms")


# The form of the value picks the branch, so a fault is reported once, for that branch.
Backoffs = Annotated[
    Annotated[Literal[True], Branch("<true>")] | Annotated[KueBackoff, Branch("<object>")],
    Discriminator(lambda given: "<true>" if given is True else "<object>"),
]
Priority = Annotated[
    Annotated[int, Branch("<number>")] | Annotated[str, Branch("<name>")],
    Discriminator(lambda given: "<name>" if isinstance(given, str) else "<number>"),
]


class KueOptions(KueModel):
    """The options of a job."""

    attempts: Annotated[int, Field(ge=bounds.ATTEMPTS.least, le=bounds.ATTEMPTS.most)] = Field(
        1, description="The most attempts that it may have"
    )
    priority: Priority = Field(0, description="low, normal, medium, high, critical or a number; lower runs first")
    delay: WaitMs = Field(0, description="How long until it is due, ms from now")
    backoff: Backoffs | None = Field(None, description="true: `delay` before each further attempt")
    ttl: WaitMs = Field(0, description="The longest time in `active`, ms; 0 = no limit")
    searchKeys: Any = Field(None, description="Taken and not used: all data are searched")  # noqa: N815 Kue's name
    removeOnComplete: Any = Field(None, description="Taken and not used")  # noqa: N815 Kue's name


class KueJob(KueModel):
    """One job."""

    type: str = Field(description="Which handler does it; a handler is registered with `..` for each colon")
    data: Data = Field(default_factory=dict, description="What the handler gets; `title` is its name for people")
    options: Annotated[KueOptions, BeforeValidator(_without_empty)] = Field(
        default_factory=KueOptions, description="How it is to be done"
    )


class KueJobsBody(LongBody):
    """One job or several. Each is checked by itself: a wrong one does not keep the others from being made."""

    root: SkipValidation[KueJob | list[KueJob]]


def new_jobs(given: list[Any]) -> Iterator[NewJob | str]:
    """For each element the job that it asks for, without an id that tells whose it is; or why it asks for none."""
    for one in with_breaks(given):
        try:
            yield _new_job(one)
        except ValidationError as error:
            yield " ".join(fault["message"] for fault in faults(error))
        except InvalidJobError as error:
            yield f"`{error.context['field']}` {error.text}."


def _new_job(given: Any) -> NewJob | str:
    if isinstance(given, dict) and not given.get("type"):
        return TYPE_MISSING
    asked = KueJob.model_validate(_without_empty(given))
    options, title = asked.options, asked.data.get("title")
    return NewJob(
        type=stored_type(asked.type),
        data=asked.data,
        priority=priority_number(options.priority),
        attempts=options.attempts,
        backoff=_backoff(options),
        delay_ms=options.delay,
        ttl_ms=options.ttl,
        title=title[: bounds.CHARACTERS.most] if isinstance(title, str) else "",
    )


def _backoff(options: KueOptions) -> Backoff | None:
    if options.backoff is None:
        return None
    if options.backoff is True:
        return Backoff("fixed", options.delay, bounds.WAIT_MS.most, 0)
    asked = options.backoff
    delay_ms = options.delay if asked.delay is None else asked.delay
    return Backoff(asked.type, delay_ms, asked.max_delay, 0)
