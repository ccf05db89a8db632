"""Providers of the tests' own: real servers on loopback that answer as they are told, and keep account."""
