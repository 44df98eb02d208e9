"""The manifests of deploy/kubernetes: right by Kubernetes' own schemas, and in step with the product and compose."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import pytest
import yaml
from temporalio.envconfig import ClientConfig

from bank.service.settings import BankSettings
from codec import CodecSettings
from settings import MarketSettings
from signer.service.settings import SignerSettings
from tests.checks.test_compose import DEPLOY, OF_LIBRARIES, services, settings_of, variables_of

KUBERNETES: Final = DEPLOY / "kubernetes"
VERSION: Final = "1.34"  # the oldest that the manifests are for
KUSTOMIZE: Final = ("Kustomization",)
# Of the Temporal SDK, beyond those that compose names.
TEMPORAL: Final = {"TEMPORAL_API_KEY", "TEMPORAL_TLS"}


@lru_cache
def objects(folder: str = "") -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for path in sorted((KUBERNETES / folder).rglob("*.yaml")):
        found += [one for one in yaml.safe_load_all(path.read_text()) if one["kind"] not in KUSTOMIZE]
    return tuple(found)


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in objects() if one["kind"] == kind}


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with its name, which is that of a service of compose."""
    for one in [*of_kind("Deployment").values(), *of_kind("Job").values()]:
        pod = one["spec"]["template"]["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield container["name"], container


def given(container: dict[str, Any]) -> set[str]:
    """The variables that a container has, with and without a secret."""
    names = {one["name"] for one in container.get("env", [])}
    for source in container.get("envFrom", []):
        names |= set(of_kind("ConfigMap")[source["configMapRef"]["name"]]["data"])
    return names


def test_the_objects_follow_the_schemas_of_their_kinds():
    """By Kubernetes' published schemas, where the package `kubernetes-validate` is installed (decision 90)."""
    found = objects()
    assert {one["apiVersion"] for one in found} == {"apps/v1", "batch/v1", "networking.k8s.io/v1", "policy/v1", "v1"}
    for one in found if importlib.util.find_spec("kubernetes_validate") else []:
        importlib.import_module("kubernetes_validate").validate(one, VERSION, strict=True)  # strict: no unknown field


def test_a_program_starts_with_the_command_that_compose_gives_it():
    compose = {name: service["command"] for name, service in services().items() if "command" in service}
    commands = {name: container["args"] for name, container in containers()}
    assert {name: compose[name] for name in commands} == commands
    ours = {name for name, service in services().items() if service["image"].startswith("holdfast:")}
    assert set(commands) == ours


def test_every_variable_is_a_setting_and_none_that_a_program_requires_is_missing():
    programs = (MarketSettings, BankSettings, SignerSettings, CodecSettings)
    known = (OF_LIBRARIES | TEMPORAL).union(*(variables_of(settings) for settings in programs))
    for name, container in containers():
        assert given(container) <= known, f"{name} is given {given(container) - known}"
        assert variables_of(settings_of(name), required=True) <= given(container), f"{name} lacks variables"
    example = yaml.safe_load((KUBERNETES / "example" / "kustomization.yaml").read_text())
    changed = [yaml.safe_load(one["patch"]) for one in example["patches"]]
    assert all(set(one["data"]) <= set(of_kind("ConfigMap")[one["metadata"]["name"]]["data"]) for one in changed)


def test_a_program_is_given_what_compose_gives_it():
    """Apart from Temporal Cloud's key, and what only one machine has."""
    for name, container in containers():
        optional = {"OTEL_EXPORTER_OTLP_ENDPOINT", "SENTRY_DSN", "HOLDFAST_TRON_URL", "HOLDFAST_TRON_SECOND_URL"}
        optional |= {"HOLDFAST_BANK_HOSTS"}  # without it, bank clients are at public addresses
        optional |= {"HOLDFAST_TRON_TOKEN_CONTRACT"}  # without a node nothing of TRON is on
        if name == "worker":
            optional.add("HOLDFAST_CHAT_REDIS_URL")  # nobody connects to it
        missing = set(services()[name]["environment"]) - given(container) - optional
        if name in of_kind("Deployment"):
            assert missing == set(), name


def test_secrets_are_named_and_never_there_and_the_signers_key_is_not_the_apis():
    assert of_kind("Secret") == {}
    secret = {"KEY", "KEYS", "PEPPER", "PASSPHRASE", "SECRET", "URL"}
    for one in of_kind("ConfigMap").values():
        for name, value in one["data"].items():
            assert name.rpartition("_")[2] not in secret or re.match(r"https?://[^@]+$", value), name
    holders = {
        name
        for name, container in containers()
        for one in container["env"]
        if one["name"].startswith("HOLDFAST_SIGNER_KEY")
    }
    assert holders == {"worker", "signer", "signer-migrate", "signer-seed"}
    owners = {name for name, container in containers() for one in container["env"] if "OWNER" in one["name"]}
    assert owners == {"migrate", "bank-migrate", "signer-migrate", "signer-seed"}


def test_a_program_is_asked_where_it_listens_and_survives_the_loss_of_a_machine():
    budgets, ports = of_kind("PodDisruptionBudget"), {}
    for name, one in of_kind("Deployment").items():
        [container] = one["spec"]["template"]["spec"]["containers"]
        ports[name] = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
        told = {
            variable
            for source in container["envFrom"]
            for variable in of_kind("ConfigMap")[source["configMapRef"]["name"]]["data"].items()
        }
        assert set(ports[name].values()) <= {value for variable, value in told if variable.endswith("_PORT")}, name
        assert {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")} == {
            "startup": {"path": "/health", "port": "http"},
            "liveness": {"path": "/health", "port": "http"},
            "readiness": {"path": "/ready", "port": "http"},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert (name in budgets) == (one["spec"]["replicas"] > 1), name
    for name, one in of_kind("Service").items():
        assert one["spec"]["selector"] == {"app.kubernetes.io/name": name}
        assert [str(port["port"]) for port in one["spec"]["ports"]] == [ports[name]["http"]]


def test_nobody_calls_a_program_that_no_policy_lets_in():
    policies = of_kind("NetworkPolicy")
    assert policies["nobody-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    [rule] = [rule for rule in policies["signer"]["spec"]["ingress"] if rule["ports"] == [{"port": "http"}]]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "worker"}}}]
    for name in of_kind("Deployment"):
        opened = {port["port"] for rule in policies[name]["spec"]["ingress"] for port in rule["ports"]}
        [container] = of_kind("Deployment")[name]["spec"]["template"]["spec"]["containers"]
        wanted = {port["name"] for port in container["ports"]} - ({"http"} if name == "worker" else set())
        assert opened == wanted, name


def test_prometheus_finds_the_ports_of_metrics_and_names_jobs_as_the_alarms_do():
    [job] = yaml.safe_load((DEPLOY / "prometheus" / "kubernetes.yml").read_text())["scrape_configs"]
    kept = job["relabel_configs"][0]["regex"].split("|")
    ports = {port["name"] for _, container in containers() for port in container.get("ports", [])}
    assert set(kept) == ports - {"http"}
    compose = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    named = {f"holdfast-{name}" for name in of_kind("Deployment")} | {"holdfast-temporal-sdk"}
    assert {one["job_name"] for one in compose} <= named


def test_temporals_sdk_reads_a_key_and_tls_from_the_variables_of_the_manifests():
    told = of_kind("ConfigMap")["market"]["data"]
    temporal = {name: value for name, value in told.items() if name.startswith("TEMPORAL_")}
    assert not ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=temporal)["tls"]
    cloud = temporal | {"TEMPORAL_TLS": "true", "TEMPORAL_API_KEY": "a-key"}
    config = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=cloud)
    assert (config["api_key"], bool(config["tls"])) == ("a-key", True)
    assert config["target_host"] == told["TEMPORAL_ADDRESS"]


@pytest.mark.parametrize("folder", ["programs", "migrations", "example"])
def test_a_folder_can_be_applied(folder: str):
    """By kubectl, where it is installed: it puts together what `kubectl apply -k` sends."""
    tool = shutil.which("kubectl")
    listed = yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text())["resources"]
    files = {path.name for path in (KUBERNETES / folder).glob("*.yaml")} - {"kustomization.yaml"}
    assert {name for name in listed if name.endswith(".yaml")} == files
    assert all((KUBERNETES / folder / name).exists() for name in listed)
    for command in [] if tool is None else [[tool, "kustomize", str(KUBERNETES / folder)]]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made = [one for one in yaml.safe_load_all(done.stdout) if one]
        assert len(made) == len(objects(folder)) + (len(objects("programs")) if folder == "example" else 0)
