"""What happened: the stream of events and how it is read."""
