"""Schemas of the answer about a cancelled show, for the served documents."""

from pydantic import Field

from api.inventory import Target
from api.jobs import ID, Links, Schema


class Cancellation(Schema):
    """What a cancellation releases, and whom it tells."""

    target: Target
    dry_run: bool = Field(description="It only says what would happen", examples=[True])
    held: int = Field(description="Reservations that are held, and are released", examples=[3])
    confirmed: int = Field(description="Reservations that are confirmed, and are released", examples=[40])
    customers: int = Field(description="Customers who are told, each once", examples=[38])
    batch: str | None = Field(description="The batch that releases and tells; null in a dry run", examples=[ID])
    links: Links
