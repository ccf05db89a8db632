"""Changes stock and seats."""
