"""Runs the processes: their programs, the bundled server, the runner, the checks before a start."""
