"""The route of server-sent events."""
