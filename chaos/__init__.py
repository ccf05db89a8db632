"""Chaos: a whole Usher under load while it is hurt, and a judge of what it did meanwhile."""
