"""The servers that docker-compose.yml puts beside the programs: their settings agree, and their commands are run."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml
from sqlalchemy import text

from devstack.identity import choose_identity
from devstack.ports import HOST, free_port
from devstack.postgres import APP, PostgresServer
from edge.database import POOL_WAIT_S, PREPARED_STATEMENTS, Database
from tests.checks.test_compose import COMPOSE, DEPLOY, ROOT, services
from tests.fixtures.market import Api
from tests.fixtures.patience import PATIENCE_S
from tests.fixtures.resolver import Twin, resolving
from tests.fixtures.sagas import eventually

POOLER = DEPLOY / "pgbouncer.ini"
PROXY = DEPLOY / "haproxy.cfg"
GRAFANA = DEPLOY / "grafana"


def of_pooler(name: str) -> str:
    found = re.search(rf"^{name} = (.*)$", POOLER.read_text(), re.MULTILINE)
    assert found, name
    return found[1]


@asynccontextmanager
async def running(*command: str, environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def test_programs_reach_the_market_through_the_pooler_and_migrations_go_past_it():
    direct = {
        f"{name}: {key}"
        for name, service in services().items()
        for key, value in service.get("environment", {}).items()
        if isinstance(value, str) and value.endswith("@postgres:5432/market")
    }
    assert direct == {"migrate: HOLDFAST_DATABASE_OWNER_URL"}
    for name in ("api", "worker"):
        assert "@pgbouncer:6432/market" in services()[name]["environment"]["HOLDFAST_DATABASE_URL"]
        assert services()[name]["depends_on"]["pgbouncer"]["condition"] == "service_healthy"


def test_the_pooler_keeps_as_many_prepared_statements_as_a_program_and_is_as_patient():
    assert of_pooler("pool_mode") == "transaction"
    assert int(of_pooler("max_prepared_statements")) == PREPARED_STATEMENTS
    assert float(of_pooler("query_wait_timeout")) == POOL_WAIT_S
    # The only setting with which a program begins a session; PostgreSQL's own default is the same.
    asked = re.findall(r"server_settings=\{\"(\w+)\"", (ROOT / "edge" / "plain.py").read_text())
    assert asked == [of_pooler("ignore_startup_parameters")]


def test_api_and_worker_run_twice_behind_one_address_that_the_api_trusts():
    compose = yaml.safe_load(COMPOSE.read_text())
    for name in ("api", "worker"):
        assert compose["services"][name]["deploy"]["replicas"] >= 2
        assert "ports" not in compose["services"][name]  # two cannot have one port of the machine
    [network] = compose["networks"]["default"]["ipam"]["config"]
    address = compose["services"]["proxy"]["networks"]["default"]["ipv4_address"]
    assert ipaddress.ip_address(address) in ipaddress.ip_network(network["subnet"])
    assert ipaddress.ip_address(address) not in ipaddress.ip_network(network["ip_range"])  # nobody else is given it
    assert compose["services"]["api"]["environment"]["HOLDFAST_TRUSTED_PROXIES"] == address
    most, port = re.findall(r"^ +server-template api (\d+) api:(\d+)", PROXY.read_text(), re.MULTILINE)[0]
    assert int(most) >= compose["services"]["api"]["deploy"]["replicas"]
    assert port == compose["services"]["api"]["environment"]["HOLDFAST_API_PORT"]
    # Programs without this would each reach only the people who are connected to them.
    assert compose["services"]["api"]["environment"]["HOLDFAST_CHAT_REDIS_URL"].endswith("@valkey:6379/0")


def test_prometheus_reads_every_program_at_the_ports_that_compose_gives_it():
    scraped: dict[str, str] = {}
    for job in yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]:
        for found in job.get("dns_sd_configs", []):
            scraped[job["job_name"]] = f"{found['names'][0]}:{found['port']}"
        for fixed in job.get("static_configs", []):
            [scraped[job["job_name"]]] = fixed["targets"]
    given = {
        f"{name}:{value}"
        for name, service in services().items()
        for key, value in service.get("environment", {}).items()
        if key.endswith("METRICS_PORT")
    }
    assert set(scraped.values()) == given


def test_grafana_is_provisioned_with_prometheus_and_finds_the_dashboards():
    compose = services()["grafana"]
    provisioning = ROOT / compose["environment"]["GF_PATHS_PROVISIONING"].removeprefix("/")
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090" and source["isDefault"]
    [provider] = yaml.safe_load((provisioning / "dashboards" / "holdfast.yml").read_text())["providers"]
    boards = sorted((ROOT / provider["options"]["path"].removeprefix("/")).rglob("*.json"))
    assert [json.loads(board.read_text())["uid"] for board in boards] == ["holdfast-money", "holdfast-programs"]
    for board in boards:
        # The dashboards' own variable: it begins with the default source.
        [variable] = json.loads(board.read_text())["templating"]["list"]
        assert (variable["type"], variable["query"]) == ("datasource", source["type"])


def test_the_proxy_s_configuration_is_valid():
    """By HAProxy itself, where it is installed; above its facts are compared everywhere."""
    tool = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    for command in [] if tool is None else [[tool, "-c", "-f", str(PROXY)]]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    logs = re.findall(r"^ +log (.*)$", PROXY.read_text(), re.MULTILINE)
    assert logs == ["stdout format raw local0 notice", "global"]  # requests are `info`, and hold tokens of links


async def test_calls_are_answered_through_the_proxy_by_two_programs_and_after_one_has_died_by_the_other(
    api: Api, haproxy: str, tmp_path: Path
):
    at, port, twin = urlsplit(api.address).port or 0, free_port(), Twin(urlsplit(api.address).port or 0)
    config, said = tmp_path / "haproxy.cfg", PROXY.read_text()
    await twin.start()
    async with resolving({"api": [HOST, twin.ADDRESS]}) as names:
        here = {"127.0.0.11:53": f"{HOST}:{names}", "bind :8000": f"bind {HOST}:{port}", "api:8000": f"api:{at}"}
        for there, instead in here.items():
            assert said.count(there) == 1
            said = said.replace(there, instead)
        config.write_text(said)
        caller = httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}/api/v1",
            headers={"Authorization": f"Bearer {api.key}"},
            trust_env=False,
            timeout=PATIENCE_S,
        )

        async def answered() -> int | None:
            try:
                return (await caller.get("/users")).status_code
            except httpx.TransportError:
                return None

        async def answered_by_both() -> bool:
            return await answered() == 200 and b"GET /api/v1/users" in twin.arrived

        async with running(haproxy, "-f", str(config), environment={}), caller:
            await eventually(answered_by_both, bool, "an answer from each of the two programs")
            twin.die()
            assert [await answered() for _ in range(6)] == [200] * 6


async def test_the_server_of_chats_starts_as_compose_starts_it_and_wants_its_password(
    redis_server: str, tmp_path: Path
):
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "CHAT_REDIS_PASSWORD": "a-word", "VALKEY_SERVER": redis_server}
    environment |= {"VALKEY_FOLDER": str(tmp_path), "VALKEY_PORT": str(port)}
    async with running("sh", str(DEPLOY / "valkey.sh"), environment=environment):

        async def answers(*commands: str) -> str:
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write("".join(f"{command}\r\n" for command in commands).encode())
            said = [(await reader.readline()).decode().strip() for _ in commands]
            writer.close()
            return " ".join(said)

        said = await eventually(lambda: or_none(answers("PING")), bool, "the server of chats")
        assert said == "-NOAUTH Authentication required."
        assert await answers("AUTH a-word", "PING") == "+OK +PONG"


async def or_none(answer: Awaitable[str]) -> str | None:
    try:
        return await answer
    except OSError:
        return None


async def test_programs_share_the_connections_of_the_pooler_as_compose_starts_it(
    postgres: PostgresServer, pgbouncer: str, tmp_path: Path
):
    port, market = free_port(), "market"
    await postgres.create_database(market)
    identity = choose_identity([tmp_path])  # it refuses root
    environment = {
        "PATH": f"{Path(pgbouncer).parent}:{os.environ['PATH']}",
        "PGHOST": HOST,
        "PGPORT": str(postgres.port),
    }
    environment |= {"MARKET_APP_PASSWORD": postgres.password(APP)}
    environment |= {"PGBOUNCER_FOLDER": str(tmp_path), "PGBOUNCER_PORT": str(port)}
    url = postgres.url(market, APP).replace(f":{postgres.port}/", f":{port}/")
    callers, most = 25, int(of_pooler("default_pool_size"))
    first, second = Database(url, pool_size=callers), Database(url, pool_size=callers)
    try:
        async with running(*identity.prefix, "sh", str(DEPLOY / "pgbouncer.sh"), environment=environment):
            await eventually(first.reachable, bool, "the pooler")
            assert all(
                await asyncio.gather(*(ask(database, n) for database in (first, second) for n in range(callers)))
            )
            async with postgres.connect(market) as connection:
                count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = 'market' AND usename = :role")
                assert 0 < (await connection.scalar(count, {"role": APP}) or 0) <= most < 2 * callers
            await first.close()
            await second.close()
    finally:
        await postgres.drop_database(market)


async def ask(database: Database, number: int) -> bool:
    """Whether statements, prepared by the mapper and by the driver itself, are answered on any connection."""
    right = []
    for _ in range(3):
        async with database.transaction() as session:
            right.append(await session.scalar(text("SELECT CAST(:number AS int)"), {"number": number}) == number)
            isolation = await session.scalar(text("SELECT current_setting('transaction_isolation')"))
            right.append(isolation == "read committed")
        rows = await database.run_plain(lambda plain: plain.exec_driver_sql("SELECT $1::int", (number,)))
        right.append(rows.scalar_one() == number)
    return all(right)
