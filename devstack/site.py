"""What the programs of a stack need to know of each other: addresses, databases, secrets.

Everything here is derived from one state folder; nothing is started.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from devstack.errors import StackError
from devstack.files import GUIDES
from devstack.ports import HOST, PortUse
from devstack.postgres import APP, BANK_APP, BANK_OWNER, OWNER, SIGNER_APP, SIGNER_OWNER, PostgresServer, Role
from devstack.state import StateFolder

ROOT = Path(__file__).resolve().parents[1]

PORTS = (
    PortUse("postgres", "HOLDFAST_POSTGRES_PORT", 15432),
    PortUse("temporal", "HOLDFAST_TEMPORAL_PORT", 7233),
    PortUse("temporal_ui", "HOLDFAST_TEMPORAL_UI_PORT", 8233),
    PortUse("mail_smtp", "HOLDFAST_MAIL_SMTP_PORT", 1025),
    PortUse("mail_http", "HOLDFAST_MAIL_HTTP_PORT", 8025),
    PortUse("api", "HOLDFAST_API_PORT", 8000),
    PortUse("worker", "HOLDFAST_WORKER_PORT", 8001),
    PortUse("bank", "HOLDFAST_BANK_PORT", 8100),
    PortUse("bank_2", "HOLDFAST_BANK_2_PORT", 8110),
    PortUse("tron", "HOLDFAST_TRON_NODE_PORT", 8300),
    PortUse("signer", "HOLDFAST_SIGNER_PORT", 8200),
    PortUse("api_metrics", "HOLDFAST_API_METRICS_PORT", 9401),
    PortUse("worker_metrics", "HOLDFAST_WORKER_METRICS_PORT", 9402),
    PortUse("temporal_metrics", "HOLDFAST_TEMPORAL_METRICS_PORT", 9403),
    PortUse("bank_metrics", "HOLDFAST_BANK_METRICS_PORT", 9404),
    PortUse("signer_metrics", "HOLDFAST_SIGNER_METRICS_PORT", 9405),
    PortUse("bank_2_metrics", "HOLDFAST_BANK_2_METRICS_PORT", 9406),
)

# The variable that names an outside server; its owner's variable has _OWNER before _URL.
DATABASES = {
    "market": "HOLDFAST_DATABASE_URL",
    "bank": "HOLDFAST_BANK_DATABASE_URL",
    "signer": "HOLDFAST_SIGNER_DATABASE_URL",
}

# Roles with access to a database of our own server: the owner, which migrates, and the role of its programs.
ROLES: dict[str, tuple[Role, Role]] = {
    "market": (OWNER, APP),
    "bank": (BANK_OWNER, BANK_APP),
    "signer": (SIGNER_OWNER, SIGNER_APP),
}


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """`url` is for the programs' role, `owner_url` for the role that migrates; `postgresql+asyncpg://…`."""

    url: str
    owner_url: str
    app_role: str


class Site:
    """The addresses of one stack. `environment` is the user's, which may name outside servers."""

    def __init__(self, state: StateFolder, ports: Mapping[str, int], environment: Mapping[str, str] | None = None):
        self.state = state
        self.ports = ports
        self.environment = dict(os.environ if environment is None else environment)
        self.word = secrets.token_urlsafe(16)  # by which this stack recognises its programs; new at every start
        self.postgres = PostgresServer(state.path / "postgres", ports["postgres"])

    @property
    def own_databases(self) -> list[str]:
        """The databases for which no outside server is named."""
        return [name for name, variable in DATABASES.items() if variable not in self.environment]

    @property
    def own_temporal(self) -> bool:
        return "TEMPORAL_ADDRESS" not in self.environment

    def database(self, name: str) -> DatabaseUrls:
        """The URLs of `market`, `bank` or `signer`. StackError: one of an outside server's two is missing."""
        variable = DATABASES[name]
        if name in self.own_databases:
            owner, app = ROLES[name]
            return DatabaseUrls(self.postgres.url(name, app), self.postgres.url(name, owner), app)
        owner_variable = variable.replace("_URL", "_OWNER_URL")
        url, owner_url = self.environment[variable], self.environment.get(owner_variable)
        if owner_url is None:
            raise StackError(f"{variable} is set, so {owner_variable} must be too: the migrations need it")
        return DatabaseUrls(url, owner_url, make_url(url).username or ROLES[name][1])

    def http(self, part: str) -> str:
        return f"http://{HOST}:{self.ports[part]}"

    @property
    def smtp_url(self) -> str:
        return f"smtp://{HOST}:{self.ports['mail_smtp']}"

    @property
    def temporal_address(self) -> str:
        return f"{HOST}:{self.ports['temporal']}" if self.own_temporal else self.environment["TEMPORAL_ADDRESS"]

    def bank_key(self, scope: str) -> str:
        """The name under which our bank key with `scope` (`admin`, `payments`) is stored, per bank database."""
        if "bank" in self.own_databases:
            return f"bank_{scope}_key"
        outside = make_url(self.environment[DATABASES["bank"]])
        return f"bank_{scope}_key@{outside.host}:{outside.port}/{outside.database}"

    def secret(self, name: str, variable: str | None = None) -> str:
        """A secret from the user's environment, else from the state folder. Raises KeyError if it is missing."""
        if variable is not None and variable in self.environment:
            return self.environment[variable]
        return str(self.state.secrets[name])

    def urls(self) -> dict[str, str]:
        """The addresses that people open in a browser or programs call, by name."""
        urls = {
            "pages": f"{self.http('api')}/",
            "admin": f"{self.http('api')}/admin/",
            "api": self.http("api"),
            "api_docs": f"{self.http('api')}/docs",
            "bank": self.http("bank"),
            "bank_docs": f"{self.http('bank')}/docs",
            "faucet": f"{self.http('tron')}/",
            "mail": self.http("mail_http"),
        }
        urls |= {"temporal_ui": self.http("temporal_ui")} if self.own_temporal else {}
        return urls | ({"guides": f"{self.http('mail_http')}/docs/"} if GUIDES.is_dir() else {})
