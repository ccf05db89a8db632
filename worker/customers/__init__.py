"""Forgets customers."""
