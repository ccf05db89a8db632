"""Customers: what is known of one, and forgetting it."""

from tasks_app.customers.known import OPEN, OVER, KnownCustomers
from tasks_app.customers.pseudonyms import Pseudonyms, is_pseudonym
from tasks_app.customers.requests import Forgettings, Progress

__all__ = [
    "OPEN",
    "OVER",
    "Forgettings",
    "KnownCustomers",
    "Progress",
    "Pseudonyms",
    "is_pseudonym",
]
