"""Tells Flower of jobs, whatever carried them."""
