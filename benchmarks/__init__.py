"""Measures Usher beside its peers: one run, one machine, the same work; its purpose is ratios, not numbers."""
