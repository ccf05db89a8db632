"""Follows the chapter "Two hosts" of docs/operations.md line by line, on two hosts made of namespaces."""
