"""What the workers do: claim jobs, change stock and seats, settle, run maintenance."""
