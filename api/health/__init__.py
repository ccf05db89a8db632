"""Whether the system is well."""
