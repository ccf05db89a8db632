"""The web process's log: gunicorn's lines in the form of all others."""

from typing import Any

from gunicorn.glogging import Logger

from tasks_app import logs
from tasks_app.configuration import own_settings


class WebLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own, but for its handler on standard error. Files that its options name stay as they are."""

    def setup(self, cfg: Any) -> None:
        """Called at the start, and when gunicorn reads its configuration anew."""
        super().setup(cfg)
        logs.name_process("web")
        logs.set_up(own_settings())
        if cfg.errorlog == "-":
            self._set_handler(self.error_log, None, None)
            self.error_log.propagate = True
