"""The tests' own providers: real servers on loopback that answer as they are told, and keep account."""
