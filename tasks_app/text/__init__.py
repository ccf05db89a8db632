"""Dates, JSON, and sentences: what is written and read."""
