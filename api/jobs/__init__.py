"""The routes of jobs, batches and types."""
