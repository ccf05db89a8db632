"""What somebody on the other host sees once the chapter is done: each check is a fact, or ends the run."""

import time
from collections.abc import Callable
from pathlib import Path

from deploy.two_hosts.host import Host

HERE = Path("/run")
SITE = "https://tickets.example.org"
CURL = "curl --silent --show-error --max-time 30 --cacert /etc/usher/tls/ca.pem"
ASK = f"{CURL} --fail-with-body -H @/run/usher-headers"
HEADERS = "Content-Type: application/json\nPrefer: wait=10\nAuthorization: Bearer "
SHOW = f"{SITE}/v1/shows/hamlet/reservations"
STREAM = f"""
{CURL} -N -H @/run/usher-headers '{SITE}/v1/stream?topic=show:hamlet' > /run/stream & listener=$!
for attempt in $(seq 50); do [ -s /run/stream ] && break; sleep 0.1; done
{ASK} -o /dev/null -d '{{"lines": [{{"pool": "floor", "quantity": 1}}]}}' {SHOW}
for attempt in $(seq 50); do grep -q held /run/stream && break; sleep 0.1; done
kill $listener
grep held /run/stream
"""
PLAIN = r"""
! timeout 2 bash -c 'exec 3<>/dev/tcp/front/6379; printf "PING\r\n" >&3; cat <&3' | grep -a -e PONG -e NOAUTH
"""
LISTENING = r"""
found=$(ss -Hltn | awk '$4 !~ /^(127|\[::1\])/ {sub(/.*:/, "", $4); print $4}' | sort -nu | tr '\n' ' ')
echo "$found" && [ "$found" = "80 443 6379 " ]
"""
REDIRECT = f"""
[ "$(curl -s -o /dev/null -w '%{{http_code}} %{{redirect_url}}' http://tickets.example.org/v1)" = "308 {SITE}/v1" ]
"""
# What is true -> on which host -> the lines that end with 0 only if it is.
FACTS = {
    "a caller on back reaches https": ("back", f"{CURL} --fail {SITE}/healthz"),
    "each queue is consumed": ("back", f"{CURL} --fail {SITE}/readyz"),
    "without a key nothing is told": ("back", f"[ $({CURL} -o /dev/null -w '%{{http_code}}' {SITE}/v1/shows) = 401 ]"),
    "http leads to https": ("back", REDIRECT),
    "without our authority nobody is believed": ("back", f"! curl -s --max-time 5 {SITE}/healthz"),
    "a caller on back gets a reservation": (
        "back",
        f"""{ASK} -d '{{"lines": [{{"pool": "floor", "quantity": 2}}]}}' {SHOW} | grep '"held"'""",
    ),
    "a stream arrives event by event": ("back", STREAM),
    "the notifier on back sends": (
        "back",
        f"""{ASK} -d '{{"to": "ada", "message": "hello"}}' {SITE}/v1/notifications | grep '"sent"'""",
    ),
    "front listens to others only where it must": ("front", LISTENING),
    "the server speaks TLS and nothing else": ("back", PLAIN),
    "Prometheus sees Usher": ("front", "curl -s '127.0.0.1:9090/api/v1/query?query=usher_up' | grep '\"1\"]'"),
    "Prometheus has the alerts": ("front", "curl -s 127.0.0.1:9090/api/v1/rules | grep -o UsherHasNoWorker"),
    "the doctor finds no error on front": ("front", "usher-here doctor || [ $? = 1 ]"),
    "the doctor finds no error on back": ("back", "usher-here doctor || [ $? = 1 ]"),
    "each secret is root's alone": ("front", '[ -z "$(find /etc/usher/secrets -type f -perm /077)" ]'),
    "all workers restart": ("back", "systemctl restart usher-seller usher-worker usher-notifier"),
    "each queue is consumed again": ("back", f"{CURL} --fail {SITE}/readyz"),
}
PATIENCE_SECONDS = 40  # some facts need a scrape or a start

Say = Callable[[str], None]


def check(hosts: dict[str, Host], say: Say) -> None:
    """Look at both hosts; says what is so. Raises SystemExit for the first thing that is not."""
    key = hosts["front"].run("cat /etc/usher/secrets/admin-key", HERE).stdout
    hosts["back"].run(f"cat > /run/usher-headers <<'END'\n{HEADERS}{key}END\n", HERE)
    for what, (host, script) in FACTS.items():
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (done := hosts[host].run(script, HERE, check=False)).returncode:
            if time.monotonic() > deadline:
                raise SystemExit(f"two hosts: it is not so that {what}: {done.stdout}")
            time.sleep(0.5)
        say(what)
