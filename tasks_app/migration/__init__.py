"""Brings data of an older layout to the present one."""
