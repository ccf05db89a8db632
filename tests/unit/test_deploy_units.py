"""The units of systemd and the configuration of the state's server agree with the program that they start."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.two_hosts.units import Unit, read, seconds, settings_file
from ops.server import arguments
from tests.deploying import DEFAULTS, DEPLOY, PORT, PROCESSES, check_command, least_stop_seconds, variables

UNITS = DEPLOY / "systemd"
CLOSED = ("NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces")


def unit(name: str) -> Unit:
    return read(name, UNITS)


@pytest.fixture(params=[*(f"usher-{name}.service" for name in PROCESSES), "valkey-for-usher.service"])
def service(request: pytest.FixtureRequest) -> Unit:
    return unit(request.param)


@pytest.mark.parametrize("process", PROCESSES)
def test_a_unit_starts_the_process_of_its_name_and_gives_it_time_to_end(process: str) -> None:
    service = unit(f"usher-{process}.service")
    ((program, *words),) = service.commands("ExecStart")
    assert program == "/opt/usher/bin/usher"
    assert check_command(words) == process
    assert seconds(service.value("Service", "TimeoutStopSec")) > least_stop_seconds(process)
    assert (service.value("Service", "KillMode"), service.value("Service", "KillSignal")) == ("mixed", "SIGTERM")
    assert service.value("Install", "WantedBy") == "usher.target" == service.value("Unit", "PartOf")


def test_the_target_has_a_unit_for_each_process() -> None:
    assert {path.stem for path in UNITS.glob("usher-*.service")} == {f"usher-{name}" for name in PROCESSES}
    assert unit("usher.target").value("Install", "WantedBy") == "multi-user.target"


def test_the_socket_is_where_the_proxy_asks() -> None:
    (address,) = unit("usher-web.socket").values("Socket", "ListenStream")
    assert address == f"{DEFAULTS['host']}:{PORT}"
    assert f"server {address};" in (DEPLOY / "nginx/usher.conf").read_text()
    assert unit("usher-web.service").value("Unit", "Requires") == "usher-web.socket"


def test_a_service_is_closed_and_comes_back(service: Unit) -> None:
    for key in CLOSED:
        assert service.value("Service", key) in ("yes", "strict"), key
    assert service.value("Service", "CapabilityBoundingSet") == ""
    assert service.value("Service", "User") not in ("", "root")
    assert service.value("Service", "Restart") == "always"
    assert service.value("Unit", "StartLimitIntervalSec") == "0"


def test_the_variables_of_the_units_are_settings() -> None:
    given = set(settings_file((UNITS / "environment").read_text()))
    for process in PROCESSES:
        given |= set(unit(f"usher-{process}.service").environment())
    assert given <= variables()
    assert {"REDIS_URL_FILE", "USHER_HOSTS"} <= given


def test_a_secret_is_a_credential_that_is_used(service: Unit) -> None:
    assert service.credentials()
    used = " ".join([*service.values("Service", "ExecStart"), *service.environment().values()])
    for name, kept in service.credentials().items():
        assert f"%d/{name}" in used
        assert kept.parent == Path("/etc/usher/secrets")


def test_a_command_by_hand_has_the_settings_of_the_units() -> None:
    said = (UNITS / "usher-here").read_text()
    service = unit("usher-web.service")
    assert f"REDIS_URL_FILE={service.credentials()['redis-url']}\n" in said
    assert f". {service.value('Service', 'EnvironmentFile')}\n" in said
    assert 'exec /opt/usher/bin/usher "$@"' in said
    assert subprocess.run(["sh", "-n", UNITS / "usher-here"], check=False).returncode == 0


def test_the_own_server_keeps_data_as_the_bundled_one_does() -> None:
    lines = (line.partition(" ") for line in (DEPLOY / "valkey/valkey.conf").read_text().splitlines())
    own = {name: value.strip('"') for name, _, value in lines if name and name != "#"}
    words = arguments(6379, "always", 1)
    starts = [number for number, word in enumerate(words) if word.startswith("--")] + [len(words)]
    bundled = {words[one][2:]: " ".join(words[one + 1 : end]) for one, end in pairwise(starts)}
    for name in ("bind", "port", "dir", "logfile", "loglevel", "maxmemory"):
        bundled.pop(name)
        own.pop(name, None)
    assert own == bundled


def test_systemd_has_no_complaint(tmp_path: Path) -> None:
    """Where this machine has no systemd-analyze, the other tests are all that is known."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    # Given the units with programs that are here, since systemd asks whether they are
    shutil.copytree(UNITS, tmp_path / "units")
    for path in (tmp_path / "units").rglob("*.service"):
        text = path.read_text().replace("/opt/usher/bin/usher", "/bin/true")
        path.write_text(text.replace("/usr/local/bin/usher-valkey", "/bin/true"))

    # When it verifies them, then it finds nothing
    names = [
        str(path) for path in (tmp_path / "units").glob("*.*") if path.suffix in (".service", ".socket", ".target")
    ]
    done = subprocess.run([analyze, "verify", "--man=no", *names], capture_output=True, text=True, check=False)
    about_ours = [line for line in done.stderr.splitlines() if "usher" in line]
    assert (about_ours, done.returncode) == ([], 0), done.stderr
