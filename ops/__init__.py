"""What runs the others: their programs, the bundled server, the runner of them all, the checks before a start."""
