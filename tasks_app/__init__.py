"""What the API and the workers agree on: jobs, messages, events, keys, settings. No behaviour of either side."""
