"""docker-compose.yml, Dockerfile and the scripts of deploy/: right by the schema, in step with settings, and run."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from temporalio.testing import WorkflowEnvironment

from bank.service.settings import BankSettings
from codec import CodecSettings
from devstack.postgres import PostgresServer, binaries
from devstack.temporal import RETENTION, SEARCH_ATTRIBUTES, binary
from settings import MarketSettings
from signer.service.settings import SignerSettings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DEPLOY = ROOT / "deploy"
SCRIPTS = sorted(DEPLOY.glob("*.sh"))
VARIABLE = re.compile(r"\$\{(\w+)([^}]*)\}")
# Read by libraries themselves.
OF_LIBRARIES = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "OTEL_EXPORTER_OTLP_ENDPOINT", "SENTRY_DSN"}
Settings = type[MarketSettings | BankSettings | SignerSettings | CodecSettings]
PASSWORDS = {
    "MARKET_OWNER_PASSWORD": "market-owner-word",
    "MARKET_APP_PASSWORD": "market-app-word",
    "BANK_OWNER_PASSWORD": "bank-owner-word",
    "BANK_APP_PASSWORD": "bank-app-word",
    "SIGNER_OWNER_PASSWORD": "signer-owner-word",
    "SIGNER_APP_PASSWORD": "signer-app-word",
    "TEMPORAL_DB_PASSWORD": "it's another; one",  # no URL holds this one
}


def services() -> dict[str, dict[str, Any]]:
    parsed: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return parsed


def ours() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in services().items() if service["image"].startswith("holdfast:")}


def settings_of(service: str) -> Settings:
    """By the name of a service in the compose file."""
    programs: dict[str, Settings] = {"bank": BankSettings, "signer": SignerSettings, "codec": CodecSettings}
    return programs.get(service.partition("-")[0], MarketSettings)


def variables_of(settings: Settings, *, required: bool = False) -> set[str]:
    prefix = settings.model_config.get("env_prefix", "")
    fields = settings.model_fields.items()
    return {f"{prefix}{name}".upper() for name, field in fields if field.is_required() or not required}


async def run(*command: str, **environment: str) -> str:
    """Standard output of `command`, run with PATH and `environment` alone; fails with its standard error."""
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


def test_the_compose_file_follows_the_compose_specification():
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_image_is_pinned():
    images = [service["image"] for service in services().values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    unpinned = [image for image in images if not re.search(r":v?\d+\.\d+", image)]
    assert len(images) > len(ours())
    assert unpinned == []


def test_each_program_is_given_variables_that_its_settings_know_and_all_it_requires():
    programs = (MarketSettings, BankSettings, SignerSettings, CodecSettings)
    known = OF_LIBRARIES.union(*(variables_of(settings) for settings in programs))
    for name, service in ours().items():
        given = set(service["environment"])
        assert given <= known, f"{name} is given {given - known}"
        assert variables_of(settings_of(name), required=True) <= given, f"{name} lacks variables"


def test_market_and_signer_have_one_contract_and_api_and_worker_are_passed_the_nodes_that_the_example_names():
    programs = services()
    for name in ("api", "worker"):
        given = programs[name]["environment"]
        passed_on = {variable for variable, value in given.items() if value is None}
        assert passed_on - OF_LIBRARIES == {"HOLDFAST_TRON_URL", "HOLDFAST_TRON_SECOND_URL", "HOLDFAST_BANK_HOSTS"}
        example = (DEPLOY / "env.example").read_text()
        assert all(f"# {variable}=" in example for variable in passed_on)
        contract = programs["signer"]["environment"]["HOLDFAST_SIGNER_TOKEN_CONTRACT"]
        assert given["HOLDFAST_TRON_TOKEN_CONTRACT"] == contract
    assert "HOLDFAST_SIGNER_URL" in programs["worker"]["environment"]
    assert not any(variable.startswith("HOLDFAST_SIGNER") for variable in programs["api"]["environment"])


def test_only_migrations_connect_as_the_owner_of_a_database():
    owners = {name for name, service in ours().items() if any("OWNER" in key for key in service["environment"])}
    assert owners == {"migrate", "bank-migrate", "signer-migrate", "signer-seed"}


def test_no_secret_has_a_default_and_the_example_names_them_all():
    found = dict(VARIABLE.findall(COMPOSE.read_text()))
    assert all(rule.startswith(":?") for rule in found.values())
    example = [line for line in (DEPLOY / "env.example").read_text().splitlines() if not line.startswith("#") and line]
    assert {line.removesuffix("=") for line in example} == set(found)
    assert all(line.endswith("=") for line in example)


def test_every_service_waits_for_services_that_exist_and_servers_can_be_asked_how_they_are():
    everything = services()
    for name, service in everything.items():
        for needed, waits in service.get("depends_on", {}).items():
            if waits["condition"] == "service_healthy":
                assert "healthcheck" in everything[needed], f"{name} waits for the health of {needed}"
            if waits["condition"] == "service_completed_successfully":
                assert everything[needed]["restart"] == "no", f"{name} waits for the end of {needed}"
    servers = {name for name, service in everything.items() if service["restart"] != "no"}
    assert {name for name in servers if "healthcheck" not in everything[name]} == {"temporal-ui"}  # holds nothing up


def test_ports_are_open_to_this_machine_alone():
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_sound_shell(script: Path):
    checked = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "set -eu" in script.read_text()


def test_compose_runs_scripts_that_exist():
    used = {part for service in services().values() for part in service.get("entrypoint", []) if "/" in part}
    assert used
    assert {Path(part).name for part in used} <= {script.name for script in SCRIPTS}


def test_the_image_holds_every_package_of_the_product():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    copied = re.findall(r"^COPY ([^-].*) \S+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    wanted = {f"{name}.py" for name in config["py-modules"]}
    find = config["packages"]["find"]
    for name in (pattern.removesuffix("*") for pattern in find["include"]):
        [package] = [Path(folder, name) for folder in find["where"] if (ROOT / folder / name).is_dir()]
        wanted.add(package.parts[0])
    assert wanted <= sources
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all(any(fnmatch(source, pattern) for pattern in sent) for source in sources)


def test_the_image_has_what_its_programs_import_and_nothing_that_only_developers_need():
    assert "-r requirements.image.lock" in (ROOT / "Dockerfile").read_text()
    image = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.image.lock").read_text(), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    developers = {re.split("[>=<]", requirement)[0] for group in extras.values() for requirement in group}
    assert image & (developers | {"pillow", "numpy", "werkzeug", "pytest"}) == set()

    programs = "api.program, audit.console, bank.service.program, cli, signer.service.program, worker"
    code = f"import {programs}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    of = packages_distributions()
    packages = {name.lower().replace("_", "-") for module in loaded for name in of.get(module, [])}
    # Libraries use these where they find them, as Socket.IO's does for a client, which only tests are.
    client = {"aiohttp", "aiohappyeyeballs", "aiosignal", "frozenlist", "multidict", "propcache", "yarl"}
    client |= {"requests", "urllib3", "charset-normalizer"}
    client |= {"markdown", "psutil"}  # starlette-admin's and OpenTelemetry's
    assert packages - image - client - {"holdfast", "pyyaml", "attrs"} == set()  # holdfast itself is copied


async def test_a_new_env_fills_in_every_secret_and_never_the_same_twice():
    path = os.environ["PATH"]
    first, second = [await run("sh", str(DEPLOY / "new-env.sh"), PATH=path) for _ in range(2)]
    values = dict(line.split("=", maxsplit=1) for line in first.splitlines() if line and not line.startswith("#"))
    assert all(values.values())
    assert first != second
    secrets = {name: value for name, value in values.items() if name in variables_of(MarketSettings)}
    settings = MarketSettings(database_url="x", bank_url="x", _env_file=None, **lower(secrets))
    assert len(settings.sealing_key_bytes) == 1


def lower(variables: dict[str, str]) -> dict[str, Any]:
    return {name.removeprefix("HOLDFAST_").lower(): value for name, value in variables.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresServer]:
    """A server of its own, since passwords are changed, with the databases that compose makes; made twice over."""
    server = PostgresServer(tmp_path_factory.mktemp("deploy"), durable=False)
    await server.start()
    environment = {
        "PATH": f"{binaries()}:{os.environ['PATH']}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": "postgres",
        "PGPASSWORD": server.password("postgres"),
        **PASSWORDS,
    }
    for _ in range(2):
        await run("sh", str(DEPLOY / "databases.sh"), **environment)
    yield server
    await server.stop()


async def test_the_databases_script_keeps_the_programs_apart(server: PostgresServer):
    market, bank = PASSWORDS["MARKET_APP_PASSWORD"], PASSWORDS["BANK_APP_PASSWORD"]
    assert await ask(server, "holdfast_app", market, "market", "SELECT current_user") == "holdfast_app"
    assert await ask(server, "bank_app", bank, "bank", "SELECT current_user") == "bank_app"
    with pytest.raises(DBAPIError, match="permission denied for database"):
        await ask(server, "holdfast_app", market, "bank", "SELECT 1")
    with pytest.raises(DBAPIError, match="permission denied for database"):
        await ask(server, "holdfast_app", market, "signer", "SELECT 1")
    with pytest.raises(DBAPIError, match="permission denied"):
        await ask(server, "holdfast_app", market, "market", "CREATE TABLE x ()")
    # What Temporal's visibility schema begins with.
    temporal = PASSWORDS["TEMPORAL_DB_PASSWORD"]
    await ask(server, "temporal", temporal, "temporal_visibility", "CREATE EXTENSION btree_gin")


async def test_migrations_run_as_compose_runs_them(server: PostgresServer):
    secrets = {**PASSWORDS, "HOLDFAST_PEPPER": "p" * 16, "HOLDFAST_BANK_PEPPER": "p" * 16, "HOLDFAST_BANK_API_KEY": "x"}
    secrets |= dict.fromkeys(("HOLDFAST_SEALING_KEYS", "HOLDFAST_PAYLOAD_KEYS"), "A" * 43 + "=")
    secrets |= {"HOLDFAST_BANK_WEBHOOK_SECRET": "x", "CHAT_REDIS_PASSWORD": "x"}
    secrets |= {"HOLDFAST_DEPOSIT_KEYS": f"payment-system={'d' * 40}"}
    secrets |= {"HOLDFAST_SIGNER_KEY": "k" * 40, "HOLDFAST_SIGNER_PASSPHRASE": "p" * 40}
    for name in ("migrate", "bank-migrate", "signer-migrate", "signer-seed"):
        service = services()[name]
        shown = {
            key: VARIABLE.sub(lambda found: secrets[found[1]], value)
            for key, value in service["environment"].items()
            if value is not None  # passed on, if it is set
        }
        shown = {key: value.replace("postgres:5432", f"127.0.0.1:{server.port}") for key, value in shown.items()}
        program, *arguments = service["command"]
        await run(str(Path(sys.executable).parent / program), *arguments, **shown)
    everything = "SELECT count(*) FROM ledger.entries"
    assert await ask(server, "holdfast_app", PASSWORDS["MARKET_APP_PASSWORD"], "market", everything) == 0
    assert await ask(server, "bank_app", PASSWORDS["BANK_APP_PASSWORD"], "bank", everything) == 0
    seeds = "SELECT count(*) FROM seeds"
    assert await ask(server, "signer_app", PASSWORDS["SIGNER_APP_PASSWORD"], "signer", seeds) == 1
    with pytest.raises(DBAPIError, match="permission denied"):
        await ask(server, "bank_app", PASSWORDS["BANK_APP_PASSWORD"], "bank", "DELETE FROM ledger.entries")


async def ask(server: PostgresServer, role: str, password: str, database: str, statement: str) -> object:
    url = f"postgresql+asyncpg://127.0.0.1:{server.port}/{database}"
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"user": role, "password": password})
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        return result.scalar_one() if result.returns_rows else None


async def test_the_namespace_script_can_be_repeated_and_makes_what_workflows_use(temporal: WorkflowEnvironment):
    address = temporal.client.service_client.config.target_host
    environment = {
        "PATH": f"{binary().parent}:{os.environ['PATH']}",
        "HOME": "/nonexistent",
        "TEMPORAL_ADDRESS": address,
        "TEMPORAL_NAMESPACE": "deployed",
    }
    for _ in range(2):
        await run("sh", str(DEPLOY / "temporal-namespace.sh"), **environment)
    command = [shutil.which("temporal", path=environment["PATH"]) or "temporal", "operator"]
    listed = await run(*command, "search-attribute", "list", "--namespace", "deployed", **environment)
    kinds = dict(line.split()[:2] for line in listed.splitlines() if len(line.split()) == 2)
    wanted = {key.name: key.indexed_value_type.name.title().replace("_", "") for key in SEARCH_ATTRIBUTES}
    assert {name: kinds.get(name) for name in wanted} == wanted
    described = await run(*command, "namespace", "describe", "--namespace", "deployed", **environment)
    hours = int(RETENTION.total_seconds()) // 3600
    assert re.search(rf"RetentionTtl\s+{hours}h", described)
