"""The logs of a user's own program in the form of Usher's, and what a line says, for forms of one's own.

    from usher.logs import fields, set_up

    set_up("reports")                   # from now on; USHER_LOG_FORMAT and USHER_LOG_LEVEL hold here, too
    logging.getLogger(__name__).info("begun")

`fields()` is what each line says besides its text: process, worker; in a handler job, type and attempt. Handlers need
none of this, as the workers' logs are set up; `process` does it unless the program has set up its logs by itself.
"""

from tasks_app.configuration import own_settings
from tasks_app.logs import fields, name_process
from tasks_app.logs import set_up as _set_up

__all__ = ["fields", "set_up"]


def set_up(process: str) -> None:
    """
    Write every line of the standard logging and of structlog to standard error, as `process`: JSON, or text on a
    terminal. Replaces what was set up before. Raises SystemExit with a sentence for wrong settings.
    """
    name_process(process)
    _set_up(own_settings())
