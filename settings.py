"""Settings of the market's programs, from environment variables `HOLDFAST_…`; secrets have no default.

Temporal's own settings (address, namespace, TLS, API key) come from `TEMPORAL_…` through temporalio.envconfig.
"""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from functools import cached_property
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from domain.money import parse_money
from domain.sweeps import SUN, Rules
from domain.withdrawals import AddressTerms
from edge.listening import Listening
from edge.outward import host_and_port

USDT: Final = 1_000_000  # minor units of one
CACHED_WORKFLOWS: Final = 1_000  # a sleeping deal takes some 80 kB of a worker's memory, so these take some 80 MB
SCHEDULED_EVERY_S: Final = 15  # at least: for ten schedules every 2 s Temporal uses a tenth of a processor
_DEPOSIT_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}=[^\s,]{32,}", re.ASCII)


def _parts(value: SecretStr | None) -> list[str]:
    """The comma-separated values; none for an empty or missing value."""
    text = value.get_secret_value() if value else ""
    return text.split(",") if text else []


def _hosts(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def keys_of(value: SecretStr | None) -> list[bytes]:
    """Keys in base64, comma-separated. Raises ValueError unless each has 32 bytes."""
    keys = [base64.b64decode(part) for part in _parts(value)]
    if any(len(key) != 32 for key in keys):
        raise ValueError("each key must be 32 bytes in base64")
    return keys


class MarketSettings(Listening):
    """What api, worker and the command line need. Built once in each program's `main` and passed on."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", extra="ignore", frozen=True)

    database_url: str
    """postgresql+asyncpg://… of the application's role, which can neither change nor delete ledger entries."""
    database_owner_url: str | None = None
    """The same database as its owner; only `holdfast migrate` needs it."""
    database_read_url: str | None = None
    """A streaming replica of the same database, for the API's lists and the administrators' pages, with the name and
    role of `database_url`. Without it, and while it is behind, they are read from the database itself.
    """
    database_pool_size: int = 10
    """Connections of each program; the API has up to five more, for grouped transfers, keys and messages."""
    bank_url: str
    bank_api_key: SecretStr
    bank_timeout_s: float = 5.0
    """Time-out of a whole call to the bank; afterwards the outcome is unknown and the bank is asked by key."""
    bank_hosts: str = ""
    """Comma-separated `host:port` where client programs of banks that administrators register may be called by http and
    at private addresses; `host:*` for any port. Every other one is called by https, at public addresses only.
    """
    signer_url: str | None = None
    """The signer of transactions on TRON; without it nothing is signed, and no address is new."""
    signer_key: SecretStr | None = None
    """Our key at the signer, one of its `HOLDFAST_SIGNER_KEYS`."""
    address_minimum: str = "10"
    address_maximum: str = "10000"
    """What one withdrawal to an address on TRON may move, in USDT. The signer has limits of its own."""
    address_fee: str = "2"
    """What the platform takes for it, in USDT; it does not follow what the network takes."""
    address_approve_above: str = "1000"
    """A withdrawal of more USDT than this goes to an address only when an approver agrees."""
    bank_webhook_secret: SecretStr | None = None
    """What the bank signs its webhooks with (`PUT /api/v1/webhook-endpoint` there); without it none is accepted."""
    bank_audit_key: SecretStr | None = None
    """A key of the bank's scope `admin`; without it `holdfast audit` cannot ask the bank for its own audit."""
    test_bank_key: SecretStr | None = None
    """A key of the bank's scope `admin`, with which the pages give out test money. Only `holdfast up` sets it, for its
    own machine; without it these pages do not exist.
    """
    test_faucet_url: str | None = Field(default=None, pattern=r"^http://[^\s?#]+/$")
    """The page that pays money of a test chain; pages of top-ups link to it. Only `holdfast up` sets it."""
    tron_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    """The HTTP interface of a TRON node. Without it nothing of TRON exists: the gateway `usdt_tron` is not on."""
    tron_token_contract: str | None = None
    """The address of the USDT contract; needed with `tron_url`."""
    tron_second_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    """Another provider's node, with which every block is compared."""
    tron_second_above: int = Field(default=1000, ge=0)
    """A transfer of more USDT than this is credited only when the second provider reports it too."""
    tron_first_block: int | None = Field(default=None, ge=1)
    """The first block to read when none has been read yet; without it reading begins at the newest solidified one."""
    webhook_hosts: str = ""
    """Comma-separated `host:port` that may be called by http and at private addresses; `host:*` for any port.

    For development. Every other webhook goes to https and to public addresses only.
    """
    deposit_keys: SecretStr | None = None
    """Keys for deposits into wallets: comma-separated `name=key`, a name for the payment system and one per bank.

    A name is 1 to 40 of a-z, 0-9 and `-`, a key at least 32 characters. A name may have two keys while one replaces the
    other. Empty: deposits are refused.
    """
    sweep_batch: int = Field(default=1_000, ge=1)
    """A sweep begins when addresses that are worth moving hold this many USDT, or when there are `sweep_count`."""
    sweep_every_s: int = Field(default=30, ge=1)
    """How often addresses are looked at, and the TRX of the gas account."""
    sweep_count: int = Field(default=20, ge=1)
    sweep_after_h: int = Field(default=24, ge=0)
    """After how many hours a sweep begins with any address that is worth moving."""
    sweep_cost_percent: int = Field(default=5, ge=1, le=100)
    """The most that moving an address may cost, in percent of what is on it; what has less stays there."""
    trx_price_cents: int = Field(default=30, ge=1)
    """What a TRX is worth, in hundredths of a USDT: the chain takes its fees in TRX."""
    sweep_fee_most_trx: int = Field(default=100, ge=1)
    """The most that one transfer may burn; the signer has a limit of its own."""
    gas_low_trx: int = Field(default=500, ge=0, le=1_000_000)
    """Operators are called when the gas account has less: one address takes 8 to 15."""
    main_wallet_low_trx: int = Field(default=200, ge=0, le=1_000_000)
    """Operators are called when the main wallet has less: one withdrawal takes 7 to 28."""
    pepper: SecretStr = Field(min_length=16)
    """Keys the hashes of API keys and of request fingerprints."""
    sealing_keys: SecretStr = Field(min_length=1)
    """Comma-separated base64 keys of 32 bytes; the first seals submitted codes, all of them open."""
    payload_keys: SecretStr | None = None
    """Comma-separated base64 keys of 32 bytes; the first encrypts what Temporal stores, all of them decrypt. Empty:
    nothing is encrypted.
    """
    smtp_url: SecretStr | None = None
    """smtp://[user:password@]host[:port] of the mail server; without it mails wait."""
    mail_sender: str = "Holdfast <no-reply@localhost>"
    public_url: str = "http://127.0.0.1:8000"
    """Where browsers reach the API: the beginning of links in mails."""
    temporal_ui_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    """Our namespace in the Temporal UI, such as http://127.0.0.1:8233/namespaces/default: the target of links to it."""
    mails_every_s: int = Field(default=5, ge=1)
    """How often the worker looks for mails. For codes and links it looks every second."""
    expiry_every_s: int = Field(default=5, ge=1)
    """How often the worker looks for expired holds."""
    task_queue: str = "holdfast"
    deployment: str | None = Field(default=None, pattern=r"^[a-z0-9-]{1,60}$")
    """The worker deployment that its builds are versions of; without it every worker takes every task."""
    sandbox: bool = True
    """Run workflows in the SDK's sandbox: about half the throughput, and nondeterminism is caught at once."""
    cached_workflows: int = Field(default=CACHED_WORKFLOWS, ge=1)
    """How many workflows a worker keeps in memory; docs/performance.md says what each takes."""
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    api_reuse_port: bool = False
    """Lets several API programs on one machine listen on the same port, one per free processor."""
    chat_redis_url: SecretStr | None = None
    """redis://… through which several API programs pass messages on; without it each reaches only its own sockets."""
    worker_host: str = "127.0.0.1"
    worker_port: int = 8001
    metrics_host: str = "127.0.0.1"
    """Where the listeners for Prometheus are, each on its own port: in your own network, out of reach of strangers."""
    api_metrics_port: int | None = None
    """Without a port there is no listener. API programs that share `api_port` need one each."""
    worker_metrics_port: int | None = None
    temporal_metrics_port: int | None = None
    """For the Temporal SDK in the worker, which has its own listener."""
    redrive_every_s: int = Field(default=15, ge=1)
    override_alone_up_to: int = Field(default=1000, ge=0)
    """What an operator may override without a second person's approval, in whole units of the deal's currency."""
    directory_every_s: int = Field(default=60, ge=1)
    """How often banks and fees are copied from the bank client."""
    statements_every_s: int = Field(default=15, ge=1)
    """How often the statements of the platform's accounts at banks are read when no bank reports news."""
    fail_point: str | None = None
    """The fail point at which the worker dies (`activities/failpoints.py`); refused without `dies_for_a_test`."""
    dies_for_a_test: bool = False
    """Set only by tests that kill workers."""

    @field_validator("sealing_keys", "payload_keys")
    @classmethod
    def _keys_are_32_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        keys_of(value)
        return value

    @model_validator(mode="after")
    def _dies_for_tests_alone(self) -> Self:
        if self.fail_point is not None and not self.dies_for_a_test:
            raise ValueError("a fail point kills this program: it is for tests alone, which set dies_for_a_test too")
        return self

    @model_validator(mode="after")
    def _a_node_with_its_contract(self) -> Self:
        if self.tron_url is not None and self.tron_token_contract is None:
            raise ValueError("tron_url needs tron_token_contract")
        return self

    @model_validator(mode="after")
    def _test_money_on_this_machine_alone(self) -> Self:
        host = urlsplit(self.public_url).hostname
        outside = host not in ("127.0.0.1", "localhost", "::1")
        if self.test_bank_key is not None and outside:
            raise ValueError("test_bank_key gives money away: it is for a stack on this machine alone")
        if self.test_faucet_url is not None and outside:
            raise ValueError("test_faucet_url is the address of test money: it is for a stack on this machine alone")
        return self

    @field_validator("webhook_hosts", "bank_hosts")
    @classmethod
    def _hosts_are_hosts(cls, value: str) -> str:
        for name in _hosts(value):
            host_and_port(name)
        return value

    @field_validator("deposit_keys")
    @classmethod
    def _sources_have_names_and_long_keys(cls, value: SecretStr | None) -> SecretStr | None:
        for part in _parts(value):
            if not _DEPOSIT_SOURCE.fullmatch(part):
                raise ValueError("each is name=key, with a key of at least 32 characters")
        return value

    @property
    def schedules_every_s(self) -> dict[str, int]:
        """Of each schedule, by its id. Pollers run all the time: schedules restart one that somebody has ended."""
        pollers = "redriver directory codes mails expiry funding feed sweeps scanner statements"
        return dict.fromkeys(pollers.split(), max(SCHEDULED_EVERY_S, self.redrive_every_s))

    @cached_property
    def signer(self) -> tuple[str, str] | None:
        """Its address and our key there."""
        if self.signer_url is None or self.signer_key is None:
            return None
        return self.signer_url, self.signer_key.get_secret_value()

    @cached_property
    def address_terms(self) -> AddressTerms | None:
        """For withdrawals to addresses on TRON; None when the market has nothing to do with TRON."""
        if self.tron_url is None or self.tron_token_contract is None:
            return None
        amounts = (self.address_minimum, self.address_maximum, self.address_fee, self.address_approve_above)
        minimum, maximum, fee, approve_above = (parse_money(text, "USDT") for text in amounts)
        return AddressTerms(minimum, maximum, fee, approve_above, self.tron_token_contract)

    @property
    def node(self) -> tuple[str, str] | None:
        """The address of the TRON node, and of the contract of USDT there."""
        return None if self.tron_url is None else (self.tron_url, self.tron_token_contract or "")

    @property
    def sweep_rules(self) -> Rules:
        return Rules(
            batch_minor=self.sweep_batch * USDT,
            batch_count=self.sweep_count,
            longest=timedelta(hours=self.sweep_after_h),
            trx_minor=self.trx_price_cents * USDT // 100,
            cost_bp=self.sweep_cost_percent * 100,
            fee_most_sun=self.sweep_fee_most_trx * SUN,
            gas_low_sun=self.gas_low_trx * SUN,
            main_low_sun=self.main_wallet_low_trx * SUN,
        )

    @property
    def redrive_overdue_s(self) -> int:
        """When a redriver is overdue: after so many missed runs that it is no longer just a long one."""
        return max(60, 8 * self.redrive_every_s)

    @property
    def listens_on(self) -> str:
        return self.api_host

    @property
    def webhook_host_names(self) -> list[str]:
        return _hosts(self.webhook_hosts)

    @property
    def bank_host_names(self) -> list[str]:
        return _hosts(self.bank_hosts)

    @cached_property
    def deposit_sources(self) -> list[tuple[str, str]]:
        """Name and key of each."""
        return [(name, key) for name, _, key in (part.partition("=") for part in _parts(self.deposit_keys))]

    @cached_property
    def pepper_bytes(self) -> bytes:
        return self.pepper.get_secret_value().encode()

    @cached_property
    def sealing_key_bytes(self) -> list[bytes]:
        return keys_of(self.sealing_keys)

    @cached_property
    def payload_key_bytes(self) -> list[bytes]:
        return keys_of(self.payload_keys)
