"""The web process's log: gunicorn's lines in the form of all others."""

from typing import Any

from gunicorn.glogging import Logger

from api.server.access_log import AccessLog
from tasks_app import logs
from tasks_app.configuration import own_settings


class WebLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own, but for its handler on standard error. Files that its options name stay as they are."""

    def setup(self, cfg: Any) -> None:
        """Called at the start, and when gunicorn reads its configuration anew."""
        super().setup(cfg)
        logs.name_process("web")
        settings = own_settings()
        logs.set_up(settings)
        self.requests = AccessLog(settings.access_log)
        if cfg.errorlog == "-":
            self._set_handler(self.error_log, None, None)
            self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """gunicorn calls this after each answer that it has sent."""
        super().access(resp, req, environ, request_time)
        if self.requests.is_on:
            self.requests.tell(environ, resp.status_code, request_time.total_seconds(), resp.sent)
