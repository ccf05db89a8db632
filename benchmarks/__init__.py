"""Measures Usher beside its peers: one run, one machine, the same work; ratios, not numbers, are what it is for."""
