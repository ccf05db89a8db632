"""Carries bulk operations out."""
