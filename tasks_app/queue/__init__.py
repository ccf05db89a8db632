"""The queue for programs in Python, in the manner of Kue."""
