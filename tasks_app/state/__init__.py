"""The state's server: connections to it, the names of its keys, the layout of its data."""
