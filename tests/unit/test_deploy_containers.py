"""The container file and the compose file agree with the program; no container is built here."""

import re
from typing import Any

import pytest
import yaml

from deploy.two_hosts.units import seconds
from tests.deploying import DEPLOY, FLOWER_PORT, PORT, PROCESSES, ROOT, check_command, least_stop_seconds, variables

FILE = (DEPLOY / "containers/Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "containers/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_image_has_all_that_the_wheel_is_made_of() -> None:
    copied = {word for line in re.findall(r"^COPY (?!--)(.*)$", FILE, re.MULTILINE) for word in line.split()[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    assert {
        "usher",
        "ops",
        "api",
        "worker",
        "tasks_app",
        "celeryconfig.py",
        "pyproject.toml",
        "requirements.txt",
    } <= copied


def test_the_image_runs_a_command_as_a_user_without_rights() -> None:
    assert re.findall(r"^ENTRYPOINT (.*)$", FILE, re.MULTILINE) == ['["usher"]']
    (command,) = re.findall(r'^CMD \["(.*)"\]$', FILE, re.MULTILINE)
    assert check_command([command]) == "web"
    (user,) = re.findall(r"^USER (.*)$", FILE, re.MULTILINE)
    assert user.isdecimal()
    assert f"--uid {user}" in FILE


def test_secrets_stay_out_of_the_image_and_of_git() -> None:
    folder = "deploy/containers/secrets"
    assert folder in (DEPLOY / "containers/Dockerfile.dockerignore").read_text().splitlines()
    assert f"{folder}/" in (ROOT / ".gitignore").read_text().splitlines()
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./secrets/")


def test_each_process_is_a_service_beside_the_server() -> None:
    assert set(SERVICES) == {*PROCESSES, "valkey"}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_service_runs_its_process_with_time_to_end_and_a_health_check(process: str) -> None:
    service = SERVICES[process]
    assert check_command(service["command"].split()) == process
    assert seconds(service["stop_grace_period"]) > least_stop_seconds(process)
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert set(service["environment"]) <= variables()
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    assert service["environment"]["REDIS_URL_FILE"] == "/run/secrets/redis-url"
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


@pytest.mark.parametrize("process", ["seller", "worker", "notifier"])
def test_a_health_check_asks_the_worker_by_the_name_that_it_has(process: str) -> None:
    service = SERVICES[process]
    assert service["command"].endswith(f"--name {service['environment']['NODE']}@%h")
    assert "-d $$NODE@$$(hostname)" in service["healthcheck"]["test"][1]


def test_the_ports_agree() -> None:
    web, flower = SERVICES["web"], SERVICES["flower"]
    assert web["environment"]["PORT"] == str(PORT)
    assert web["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert f"127.0.0.1:{PORT}/healthz" in " ".join(web["healthcheck"]["test"])
    assert flower["network_mode"] == "service:web"  # its loopback address is the API's
    assert f"127.0.0.1:{FLOWER_PORT}/flower/healthcheck" in " ".join(flower["healthcheck"]["test"])
    assert "ports" not in SERVICES["valkey"]


def test_the_server_keeps_its_data_and_has_a_password() -> None:
    valkey = SERVICES["valkey"]
    assert "valkey:/data" in valkey["volumes"]
    assert "../valkey/valkey.conf:/etc/valkey.conf:ro" in valkey["volumes"]
    assert "/etc/valkey.conf --include /run/secrets/valkey-password --dir /data" in valkey["command"]
    assert COMPOSE["volumes"].keys() == {"valkey"}
