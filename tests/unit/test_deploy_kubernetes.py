"""The manifests are valid for Kubernetes' own schemas, and agree with the program; no cluster is asked."""

import re
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from api.metrics.catalogue import METRICS
from tasks_app.jobs.messages import QUEUES
from tests.deploying import DEPLOY, FLOWER_PORT, PORT, PROCESSES, check_command, least_stop_seconds, variables

KUSTOMIZATION: dict[str, Any] = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())


def manifests() -> Iterator[dict[str, Any]]:
    for name in KUSTOMIZATION["resources"]:
        yield from yaml.safe_load_all((DEPLOY / name).read_text())


ALL = list(manifests())
NAMES = [f"{one['kind']}-{one['metadata']['name']}" for one in ALL]
PODS = {
    one["metadata"]["name"]: one["spec"]["template"]["spec"]
    for one in ALL
    if one["kind"] in ("Deployment", "StatefulSet")
}
CONTAINERS = {one["name"]: (pod, one) for pod in PODS.values() for one in pod["containers"]}


@pytest.mark.parametrize("manifest", [one for one in ALL if one["kind"] != "ScaledObject"], ids=lambda one: one["kind"])
def test_a_manifest_is_valid(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_every_file_is_in_the_kustomization_and_nothing_is_there_twice() -> None:
    assert {path.name for path in (DEPLOY / "kubernetes").iterdir()} == {
        name.removeprefix("kubernetes/") for name in KUSTOMIZATION["resources"]
    }
    assert len(set(NAMES)) == len(NAMES)


def test_each_process_is_a_container_beside_the_server() -> None:
    assert set(CONTAINERS) == {*PROCESSES, "valkey"}
    assert CONTAINERS["flower"][0] is PODS["web"]  # its loopback address is the API's


@pytest.mark.parametrize("process", PROCESSES)
def test_a_container_runs_its_process_with_its_settings_and_time_to_end(process: str) -> None:
    pod, container = CONTAINERS[process]
    assert check_command(container["args"]) == process
    assert pod["terminationGracePeriodSeconds"] > least_stop_seconds(process)
    literals = next(one["literals"] for one in KUSTOMIZATION["configMapGenerator"] if one["name"] == "usher")
    settings = dict(line.partition("=")[::2] for line in literals)
    own = {one["name"]: one["value"] for one in container.get("env", [])}
    assert own.keys() | settings.keys() <= variables()
    assert container["envFrom"] == [{"configMapRef": {"name": "usher"}}]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert settings["REDIS_URL_FILE"].rpartition("/")[0] in mounted


@pytest.mark.parametrize("name", [*PROCESSES, "valkey"])
def test_a_container_may_do_nothing_but_its_work(name: str) -> None:
    pod, container = CONTAINERS[name]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    closed = container["securityContext"]
    assert (closed["allowPrivilegeEscalation"], closed["readOnlyRootFilesystem"]) == (False, True)
    assert closed["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]


def test_the_ports_and_probes_of_the_api_agree() -> None:
    _, web = CONTAINERS["web"]
    assert web["ports"] == [{"name": "http", "containerPort": PORT}]
    assert {"name": "PORT", "value": str(PORT)} in web["env"]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        assert web[probe]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert {"name": "FLOWER_PORT", "value": str(FLOWER_PORT)} in CONTAINERS["flower"][1]["env"]
    assert "ports" not in CONTAINERS["flower"][1]
    service = next(one for one in ALL if one["kind"] == "Service" and one["metadata"]["name"] == "web")
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http"}]


def test_an_eviction_leaves_a_process_of_each_kind() -> None:
    budgets = {one["spec"]["selector"]["matchLabels"]["app"] for one in ALL if one["kind"] == "PodDisruptionBudget"}
    deployments = {one["metadata"]["name"]: one["spec"] for one in ALL if one["kind"] == "Deployment"}
    assert budgets == set(deployments)
    for name, deployment in deployments.items():
        assert deployment["replicas"] > 1, name
        assert deployment["selector"]["matchLabels"].items() <= deployment["template"]["metadata"]["labels"].items()


def test_the_server_is_reached_by_usher_s_pods_and_by_nothing_else() -> None:
    policy = next(one for one in ALL if one["kind"] == "NetworkPolicy")
    (rule,) = policy["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"usher": "client"}}}]
    for one in ALL:
        if one["kind"] == "Deployment":
            assert one["spec"]["template"]["metadata"]["labels"]["usher"] == "client"
    server = next(one for one in ALL if one["kind"] == "StatefulSet")
    assert server["spec"]["replicas"] == 1
    assert server["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "data"


def test_workers_are_scaled_by_a_metric_that_there_is() -> None:
    deployments = {one["metadata"]["name"] for one in ALL if one["kind"] == "Deployment"}
    scaled = [one for one in ALL if one["kind"] == "ScaledObject"]
    assert len(scaled) == 2
    for one in scaled:
        spec = one["spec"]
        assert spec["scaleTargetRef"]["name"] in deployments
        assert 1 < spec["minReplicaCount"] < spec["maxReplicaCount"]
        (trigger,) = spec["triggers"]
        found = re.fullmatch(r'sum\((\w+)\{queue="(\w+)",state="(\w+)"\}\)', trigger["metadata"]["query"])
        assert found
        assert {"queue", "state"} <= set(METRICS[found[1]].labels)
        assert found[2] in QUEUES
        assert float(trigger["metadata"]["threshold"]) > 0
