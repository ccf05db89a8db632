"""What the paths and queries of Kue's routes have."""

from typing import Annotated, Literal

from pydantic import Field

from api.http import Parameters
from api.kue.names import KueState

RANK_MOST = 2**53 - 1  # JSON keeps integers up to here
Rank = Annotated[int, Field(ge=-RANK_MOST, le=RANK_MOST)]


class NumberPath(Parameters):
    """A job by its number."""

    number: Annotated[str, Field(description="The `id` in the answer that made the job")]


class StatePath(NumberPath):
    """A job, and the state that it shall have."""

    state: Annotated[str, Field(description="`inactive`: queue it now", json_schema_extra={"example": "inactive"})]


class PriorityPath(NumberPath):
    """A job, and the priority that it shall have."""

    priority: Annotated[str, Field(description="A name or a number", json_schema_extra={"example": "high"})]


class WindowPath(Parameters):
    """From one place in a list to another, both inclusive."""

    first: Annotated[
        Rank,
        Field(
            description="From here on: of the jobs, the first is 0 and the last -1", json_schema_extra={"example": "0"}
        ),
    ]
    last: Annotated[
        Rank, Field(description="Up to here, likewise; at most 500 jobs are shown", json_schema_extra={"example": "9"})
    ]


class OrderedPath(WindowPath):
    """The same, and how to sort what is there."""

    order: Annotated[
        Literal["asc", "desc"], Field(description="By their numbers, up or down", json_schema_extra={"example": "desc"})
    ]


State = Annotated[KueState, Field(description="Jobs in this state", json_schema_extra={"example": "inactive"})]
Type = Annotated[str, Field(description="Jobs of this type", json_schema_extra={"example": "push_notification_code"})]


class OfState(WindowPath):
    """A part of the jobs in a state."""

    state: State


class OfStateOrdered(OrderedPath):
    """The same, sorted."""

    state: State


class OfType(OfState):
    """A part of the jobs of a type in a state."""

    job_type: Type


class OfTypeOrdered(OfStateOrdered):
    """The same, sorted."""

    job_type: Type


class TypeState(Parameters):
    """A type and a state."""

    job_type: Type
    state: State


class SearchQuery(Parameters):
    """What to search for."""

    q: Annotated[str, Field(max_length=200, description="Words, all of which the job's data have")] = ""
