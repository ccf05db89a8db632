"""The settings, and what a setting may name: servers, networks, channels."""
