"""What the API, workers and users' programs agree on: jobs and the ways to them, messages, events, keys, settings."""
