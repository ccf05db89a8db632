"""What each instrument says about each fault: the table in docs/faults.md, produced from a running system."""
