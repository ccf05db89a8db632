"""Every script that runs in the server, by subject, and their loaders."""

from tasks_app.lua import inventory_scripts
from tasks_app.lua.job_scripts import IN_ANY_MEMORY, job_script, text

__all__ = [
    "IN_ANY_MEMORY",
    "inventory_scripts",
    "job_script",
    "text",
]
