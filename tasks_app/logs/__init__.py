"""Logs: what each line says, its form, and how a process is set up to write it. docs/logs.md"""

from tasks_app.logs.fields import fields, name_process, request_id, within, within_worker
from tasks_app.logs.forms import as_entry, readable
from tasks_app.logs.masks import mask_of, masked_address
from tasks_app.logs.process_logs import say, set_up, set_up_if_nobody_did

__all__ = [
    "as_entry",
    "fields",
    "mask_of",
    "masked_address",
    "name_process",
    "readable",
    "request_id",
    "say",
    "set_up",
    "set_up_if_nobody_did",
    "within",
    "within_worker",
]
