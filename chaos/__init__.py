"""Chaos: a whole Usher under load while it is harmed, and a judge of what it did meanwhile."""
