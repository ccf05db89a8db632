"""What open pages cost a web process, and how long pages and lists take when a million jobs are over."""

import argparse
import http.client
import json
import resource
import time
from secrets import token_hex
from statistics import median
from urllib.parse import quote

import redis

from benchmarks.contestants import USHER
from benchmarks.load import Load, run_apart
from benchmarks.memory import rss_mebibytes
from benchmarks.report import percentile
from benchmarks.systems import Running, Sizes, started
from benchmarks.watchers import Watchers
from tasks_app.configuration import read_settings
from tasks_app.jobs import Intake, NewJob, messages
from worker.jobs import JobStore, Settlement, Slot

PAGES, TOPICS = 2_000, ("overview", "jobs")
PER_SECOND, SECONDS, CONNECTIONS = 50, 15, 16
EVENTS = 10
JOBS, AT_ONCE = 1_000_000, 500
TYPES = ("render", "mail")  # of each, half a million are kept
FAILING = 10  # every tenth
ERROR = json.dumps({"code": "permanent", "message": "the file is empty"})
CALLS = 20


def pages(_: argparse.Namespace) -> None:
    """Many open pages on one web process; then a million jobs that are over."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the web process inherits it
    with started(USHER, Sizes(web_processes=1)) as one:
        open_pages(one)
    with started(USHER, Sizes(web_processes=1), is_working=False) as one:
        many_jobs(one)


def open_pages(one: Running) -> None:
    """Print the memory of a page, how fast all are told, and what the API's callers notice."""
    load = Load(one.port, USHER.path, USHER.body, PER_SECOND * SECONDS, CONNECTIONS, PER_SECOND)
    run_apart(load)  # warms up
    alone = run_apart(load)
    before = rss_mebibytes(one.roles["web"][0])
    with Watchers(one.port, PAGES, TOPICS) as watchers:
        time.sleep(3)  # each has had its first state of things
        idle = rss_mebibytes(one.roles["web"][0])
        print(f"{PAGES:,} idle pages: {(idle - before) * 1024 / PAGES:.1f} kB each", flush=True)
        told = {topic: [reach(one, watchers, topic) for _ in range(EVENTS)] for topic in TOPICS}
        beside = run_apart(load)
        broken = watchers.broken
    for topic, seconds in told.items():
        told_pages = f"an event reaches all {PAGES // len(TOPICS):,} pages of {topic}"
        print(f"{told_pages}: median {median(seconds):.2f} s, most {max(seconds):.2f} s", flush=True)
    for share in (0.5, 0.99):
        with_them, without = percentile(beside.latencies_ms, share), percentile(alone.latencies_ms, share)
        ratio = with_them / without
        times = f"{ratio:.1f} times ({with_them:.1f} : {without:.1f} ms)"
        print(f"reservations at {PER_SECOND} a second, p{share * 100:g}: {times}")
    print(f"pages that lost their connection: {broken}; answers {beside.statuses}", flush=True)


def reach(one: Running, watchers: Watchers, topic: str) -> float:
    """Seconds from a request to the last page that was told of its job's type, which is new."""
    name = f"told-{token_hex(6)}"
    watchers.look_for(name, topic)
    begun = time.monotonic()
    one.call("POST", USHER.jobs, json.dumps({"type": name}))
    return watchers.found_at(20) - begun


def many_jobs(one: Running) -> None:
    """Print how long each page, list and number takes: the median and the slowest of some calls, ms."""
    begun = time.monotonic()
    made = finish(one.redis, JOBS)
    print(f"{made:,} jobs are over, written in {time.monotonic() - begun:.0f} s", flush=True)
    listed = one.get("/v1/jobs?limit=50")
    job, failed = listed["jobs"][0]["id"], one.get("/v1/jobs?state=failed&limit=1")["jobs"][0]["id"]
    paths = [
        *("/", "/jobs", f"/jobs/{job}", f"/v1/jobs/{job}", f"/v1/jobs/{failed}"),
        *("/v1/stats", "/v1/history", "/v1/findings"),
        *("/v1/jobs?limit=50", "/v1/jobs?limit=50&state=complete", "/v1/jobs?limit=50&state=failed"),
        *(f"/v1/jobs?limit=50&type={TYPES[0]}", f"/v1/jobs?limit=50&state=failed&type={TYPES[1]}"),
        *("/v1/jobs?limit=50&state=failed&code=permanent", "/v1/jobs?limit=50&state=failed&code=time_limit"),
        *("/v1/jobs?limit=50&q=Picture+999", "/v1/jobs?limit=50&q=nowhere+to+be+found", f"/v1/jobs?limit=50&q={job}"),
        f"/v1/jobs?limit=50&cursor={quote(deep(one, 40))}",
    ]
    for path in paths:
        times = timed(one, path)
        print(f"{median(times):7.1f} ms, slowest {max(times):7.1f}  {path[:90]}", flush=True)


def finish(client: redis.Redis, count: int) -> int:
    """So many jobs of two types that are over, one in ten failed, by the scripts of intake and workers; how many."""
    settings = read_settings()
    intake, store = Intake(client, lambda _: None, settings), JobStore(client, settings)
    for job_type in TYPES:
        slot = Slot(job_type, messages.JOBS, "worker-1@host.example", 60_000, "turn")
        settled: list[Settlement] = []
        for first in range(0, count // len(TYPES), AT_ONCE):
            numbers = range(first, first + AT_ONCE)
            intake.submit([NewJob(job_type, {"n": number}, title=f"Picture {number}") for number in numbers])
            claims = store.turn(slot, AT_ONCE, settled).claims
            settled = [
                Settlement(claim, "permanent", ERROR) if place % FAILING == 0 else Settlement(claim, "complete")
                for place, claim in enumerate(claims)
            ]
        store.settle(settled)
    return count


def deep(one: Running, requests: int) -> str:
    """The cursor so many full pages down the list."""
    cursor = ""
    for _ in range(requests):
        cursor = one.get(f"/v1/jobs?limit=500&cursor={quote(cursor)}")["cursor"]
    return cursor


def timed(one: Running, path: str) -> list[float]:
    """The time of each of some calls over one connection, ms; the first one warms up."""
    connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
    times = []
    for _ in range(CALLS + 1):
        begun = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} to {path}")
        times.append((time.monotonic() - begun) * 1000)
    connection.close()
    return times[1:]
