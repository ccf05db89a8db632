"""Usher without servers, for the tests of a user's own handlers."""
