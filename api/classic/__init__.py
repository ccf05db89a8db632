"""The routes of the course project."""
