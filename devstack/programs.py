"""The programs of the stack as data: commands, settings and order of start."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from devstack.errors import StackError
from devstack.ports import HOST
from devstack.process import Launch
from devstack.site import DATABASES, ROOT, Site
from devstack.supervisor import Part
from edge.stack_word import STACK_HEADER, STACK_VARIABLE
from tron.node import USDT_CONTRACT

CONSOLE = "console"  # the command line, beside the programs

Settings = Callable[[Site], Mapping[str, str]]

# Only for the programs that need them; all other variables of the user's environment are passed on.
MANAGED = {
    "HOLDFAST_DATABASE_URL",
    "HOLDFAST_DATABASE_OWNER_URL",
    "HOLDFAST_DEPOSIT_KEYS",
    "HOLDFAST_TEST_BANK_KEY",
    "HOLDFAST_PEPPER",
    "HOLDFAST_SEALING_KEYS",
    "HOLDFAST_BANK_URL",
    "HOLDFAST_BANK_API_KEY",
    "HOLDFAST_BANK_AUDIT_KEY",
    "HOLDFAST_BANK_WEBHOOK_SECRET",
    "HOLDFAST_BANK_DATABASE_URL",
    "HOLDFAST_BANK_DATABASE_OWNER_URL",
    "HOLDFAST_BANK_PEPPER",
    "HOLDFAST_SIGNER_URL",
    "HOLDFAST_SIGNER_KEY",
    "HOLDFAST_SIGNER_KEYS",
    "HOLDFAST_SIGNER_PASSPHRASE",
    "HOLDFAST_SIGNER_DATABASE_URL",
    "HOLDFAST_SIGNER_DATABASE_OWNER_URL",
}

# Without saved bytecode a start takes twice as long, because imports are compiled each time.
UNWANTED = {"PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, slots=True)
class Program:
    """A process that serves `GET /ready` on the port named `port`; `settings` are its own variables."""

    name: str
    argv: tuple[str, ...]
    port: str
    settings: Settings
    after: tuple[str, ...] = ()

    def environment(self, site: Site) -> dict[str, str]:
        """Its whole environment."""
        passed = {name: value for name, value in site.environment.items() if name not in MANAGED | UNWANTED}
        # The user's proxy is not for calls within this machine.
        direct = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}
        return {**passed, **direct, STACK_VARIABLE: site.word, **self.settings(site)}

    def part(self, site: Site) -> Part:
        async def launch() -> Launch:
            return Launch(
                argv=self.argv, env=self.environment(site), cwd=ROOT, keep_fds=(site.state.share_lock(),), grace_s=15.0
            )

        async def ready() -> bool:
            return await answers_ok(f"http://{HOST}:{site.ports[self.port]}/ready", site.word)

        return Part(self.name, launch, ready, after=self.after)


async def answers_ok(url: str, word: str) -> bool:
    """Whether `url` answers 200 now, from a program of the stack with that word."""
    try:
        # Without certificates: loading them takes longer than a program needs to answer.
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=2.0) as client:  # noqa: S501  # no TLS here
            reply = await client.get(url)
    except httpx.HTTPError:
        return False
    return reply.status_code == 200 and reply.headers.get(STACK_HEADER) == word


async def require_own(client: httpx.AsyncClient, site: Site, name: str) -> None:
    """Asks on the connection of `client` which stack answers. Raises StackError unless it is this one."""
    reply = await client.get(f"{site.http(name)}/ready")
    if reply.headers.get(STACK_HEADER) != site.word:
        raise StackError(f"another program answers on the port of {name}, {site.http(name)}: nothing is sent to it")


def market_settings(site: Site) -> dict[str, str]:
    database = site.database("market")
    temporal = {"TEMPORAL_ADDRESS": site.temporal_address, "TEMPORAL_NAMESPACE": "default"} if site.own_temporal else {}
    return {
        "HOLDFAST_DATABASE_URL": database.url,
        "HOLDFAST_BANK_URL": site.http("bank"),
        "HOLDFAST_BANK_API_KEY": site.secret(site.bank_key("payments"), "HOLDFAST_BANK_API_KEY"),
        "HOLDFAST_BANK_WEBHOOK_SECRET": site.secret("bank_webhook_secret", "HOLDFAST_BANK_WEBHOOK_SECRET"),
        "HOLDFAST_DEPOSIT_KEYS": site.secret("deposit_keys", "HOLDFAST_DEPOSIT_KEYS"),
        "HOLDFAST_PEPPER": site.secret("pepper", "HOLDFAST_PEPPER"),
        "HOLDFAST_SEALING_KEYS": site.secret("sealing_key", "HOLDFAST_SEALING_KEYS"),
        # Endpoints of marketplaces may be on this machine.
        "HOLDFAST_WEBHOOK_HOSTS": site.environment.get("HOLDFAST_WEBHOOK_HOSTS", f"{HOST}:*"),
        "HOLDFAST_BANK_HOSTS": site.environment.get("HOLDFAST_BANK_HOSTS", f"{HOST}:*"),
        "HOLDFAST_SANDBOX": "false",  # twice the throughput; the tests of replays run all workflows in the sandbox
        "HOLDFAST_SMTP_URL": site.environment.get("HOLDFAST_SMTP_URL", site.smtp_url),
        "HOLDFAST_PUBLIC_URL": site.environment.get("HOLDFAST_PUBLIC_URL", site.http("api")),
        **_temporal_ui(site),
        "HOLDFAST_API_PORT": str(site.ports["api"]),
        "HOLDFAST_WORKER_PORT": str(site.ports["worker"]),
        "HOLDFAST_API_METRICS_PORT": str(site.ports["api_metrics"]),
        "HOLDFAST_WORKER_METRICS_PORT": str(site.ports["worker_metrics"]),
        "HOLDFAST_TEMPORAL_METRICS_PORT": str(site.ports["temporal_metrics"]),
        "HOLDFAST_TRON_URL": site.environment.get("HOLDFAST_TRON_URL", site.http("tron")),
        "HOLDFAST_TRON_TOKEN_CONTRACT": site.environment.get("HOLDFAST_TRON_TOKEN_CONTRACT", USDT_CONTRACT),
        **temporal,
    }


def worker_settings(site: Site) -> dict[str, str]:
    """The worker alone has things signed: the API, which strangers reach, cannot."""
    return {
        **market_settings(site),
        "HOLDFAST_SIGNER_URL": site.http("signer"),
        "HOLDFAST_SIGNER_KEY": site.secret("signer_key", "HOLDFAST_SIGNER_KEY"),
        "HOLDFAST_SWEEP_BATCH": site.environment.get("HOLDFAST_SWEEP_BATCH", "100"),  # one top-up that is worth it
    }


def _temporal_ui(site: Site) -> dict[str, str]:
    """Empty for an outside Temporal: the user's environment names its UI, if it has one."""
    return {"HOLDFAST_TEMPORAL_UI_URL": f"{site.http('temporal_ui')}/namespaces/default"} if site.own_temporal else {}


def api_settings(site: Site) -> dict[str, str]:
    return market_settings(site) | _test_money(site)


def _test_money(site: Site) -> dict[str, str]:
    """Empty when a part is outside, or browsers are: only a stack of its own gives money away."""
    if len(site.own_databases) < len(DATABASES) or "HOLDFAST_PUBLIC_URL" in site.environment:
        return {}
    faucet = {} if "HOLDFAST_TRON_URL" in site.environment else {"HOLDFAST_TEST_FAUCET_URL": f"{site.http('tron')}/"}
    return {"HOLDFAST_TEST_BANK_KEY": site.secret(site.bank_key("test_money")), **faucet}


def bank_settings(site: Site) -> dict[str, str]:
    database = site.database("bank")
    return {
        "HOLDFAST_BANK_DATABASE_URL": database.url,
        "HOLDFAST_BANK_PEPPER": site.secret("bank_pepper", "HOLDFAST_BANK_PEPPER"),
        "HOLDFAST_BANK_SMTP_URL": site.environment.get("HOLDFAST_BANK_SMTP_URL", site.smtp_url),
        "HOLDFAST_BANK_PORT": str(site.ports["bank"]),
        "HOLDFAST_BANK_METRICS_PORT": str(site.ports["bank_metrics"]),
        # Its banks are for experiments, fault injection included.
        "HOLDFAST_BANK_FAULTS": site.environment.get("HOLDFAST_BANK_FAULTS", "true"),
        "HOLDFAST_BANK_WEBHOOK_HOSTS": site.environment.get(
            "HOLDFAST_BANK_WEBHOOK_HOSTS", f"{HOST}:{site.ports['api']}"
        ),
    }


def signer_settings(site: Site) -> dict[str, str]:
    return {
        "HOLDFAST_SIGNER_DATABASE_URL": site.database("signer").url,
        "HOLDFAST_SIGNER_KEYS": site.secret("signer_key", "HOLDFAST_SIGNER_KEY"),
        "HOLDFAST_SIGNER_PASSPHRASE": site.secret("signer_passphrase", "HOLDFAST_SIGNER_PASSPHRASE"),
        "HOLDFAST_SIGNER_TOKEN_CONTRACT": site.environment.get("HOLDFAST_TRON_TOKEN_CONTRACT", USDT_CONTRACT),
        "HOLDFAST_SIGNER_EXPIRES_WITHIN_S": "86400",  # the clock of our own chain can be moved ahead
        "HOLDFAST_SIGNER_PORT": str(site.ports["signer"]),
        "HOLDFAST_SIGNER_METRICS_PORT": str(site.ports["signer_metrics"]),
    }


def console_settings(site: Site) -> dict[str, str]:
    """The variables of both, and those that only commands need: database owners, and a key for the bank's own audit."""
    market, bank = site.database("market"), site.database("bank")
    return {
        **worker_settings(site),
        **bank_settings(site),
        "HOLDFAST_DATABASE_OWNER_URL": market.owner_url,
        "HOLDFAST_BANK_AUDIT_KEY": site.secret(site.bank_key("admin")),
        "HOLDFAST_BANK_DATABASE_OWNER_URL": bank.owner_url,
        "HOLDFAST_BANK_DATABASE_APP_ROLE": bank.app_role,
    }


def mail_settings(site: Site) -> dict[str, str]:
    return {
        "HOLDFAST_MAIL_SMTP_PORT": str(site.ports["mail_smtp"]),
        "HOLDFAST_MAIL_HTTP_PORT": str(site.ports["mail_http"]),
    }


def tron_settings(site: Site) -> dict[str, str]:
    """A chain for tests, kept between runs; everybody on this machine may move it."""
    return {
        "HOLDFAST_TRON_NODE_PORT": str(site.ports["tron"]),
        "HOLDFAST_TRON_NODE_FILE": str((site.state.path / "tron.jsonl").resolve()),
        "HOLDFAST_TRON_NODE_CONTROL": "true",
    }


def module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)


PROGRAMS = (
    Program("mail", module("devstack.mail"), "mail_http", mail_settings),
    Program("bank", module("bank.service"), "bank", bank_settings, after=("bank keys", "bank webhook", "mail")),
    Program("tron", module("tron.node"), "tron", tron_settings),
    Program("signer", module("signer.service"), "signer", signer_settings, after=("signer seed",)),
    Program("api", module("api"), "api", api_settings, after=("bank", "temporal")),
    Program("worker", module("worker"), "worker", worker_settings, after=("bank", "signer", "temporal")),
)
