"""Handlers that write lines, for test_job_logs.py."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Sequence
from typing import Any

import structlog

from usher import ActiveJob, Completed, handler, together

log = logging.getLogger("shop")
library = logging.getLogger("a.library")


@handler("write")
def write(job: ActiveJob) -> Any:
    log.info("by logging")
    structlog.get_logger("shop").info("by structlog", seats=job.data["seats"])
    library.warning("by a library")
    inherited = threading.Thread(target=contextvars.copy_context().run, args=(log.info, "by a thread"))
    inherited.start()
    inherited.join()


@handler("write_async")
async def write_async(job: ActiveJob) -> Any:
    async def part() -> None:
        await asyncio.sleep(0)
        log.info("by a task")

    await asyncio.gather(part(), part())


@handler("write_and_fail")
def write_and_fail(job: ActiveJob) -> Any:
    raise ValueError("not this time")


@together("write_together")
def write_together(jobs: Sequence[ActiveJob]) -> list[Any]:
    log.info("for all")
    return [Completed() for _ in jobs]
