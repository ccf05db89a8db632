"""What the API, workers and users' programs agree on: jobs and the ways to them, messages, events, keys, settings."""

VERSION = "0.1.0"  # of this release; usher/__init__.py has it for users, and a test compares
