"""The routes by which customers are forgotten, and told what is known of them."""

from api.customers import customers

__all__ = [
    "customers",
]
