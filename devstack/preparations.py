"""What happens between servers and programs: schemas, this stack's keys at the bank, and the signer's seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from devstack.errors import StackError
from devstack.site import Site
from devstack.supervisor import Step
from edge.schema import OtherSchema

Migrate = Callable[[str, str], None]

GAS_TRX: Final = 10_000  # for some 600 addresses
MAIN_TRX: Final = 2_000  # for some 100 withdrawals
SUN: Final = 1_000_000  # in one TRX
# This stack's keys at the bank, with their scopes.
SCOPES: Final = {"admin": ("admin",), "payments": ("payments", "payouts", "platform"), "test_money": ("admin",)}


@dataclass(frozen=True, slots=True)
class Preparation:
    """A step that needs the site: `run(site)` is called at every start, and is safe to repeat."""

    name: str
    run: Callable[[Site], Awaitable[None]]
    after: tuple[str, ...] = ()

    def step(self, site: Site) -> Step:
        return Step(self.name, lambda: self.run(site), after=self.after)


def _load() -> list[tuple[str, Migrate]]:
    """The migrations by database. Importing them takes a second, so it is done in a thread while PostgreSQL starts."""
    import bank.service  # noqa: PLC0415  # see above
    import signer.service  # noqa: PLC0415  # see above
    import store  # noqa: PLC0415  # see above

    return [("bank", bank.service.migrate), ("signer", signer.service.migrate), ("market", store.migrate)]


async def load_code(site: Site) -> None:
    await asyncio.to_thread(_load)


async def migrate(site: Site) -> None:
    """Migrate all databases, one after the other: Alembic's context is one per process. Raises StackError."""
    for name, bring_to_head in await asyncio.to_thread(_load):
        database = site.database(name)
        try:
            await asyncio.to_thread(bring_to_head, database.owner_url, database.app_role)
        except OtherSchema as error:
            raise StackError(str(error)) from None


async def make_bank_keys(site: Site) -> None:
    """Create this stack's keys at the bank once; they are kept in the state folder as `site.bank_key(scope)`."""
    from bank.service.requests.keys import create_api_key  # noqa: PLC0415  # loaded by then: see _load
    from edge.database import Database  # noqa: PLC0415  # loaded by then: see _load

    missing = [scope for scope in SCOPES if site.bank_key(scope) not in site.state.secrets]
    if not missing:
        return
    pepper = site.secret("bank_pepper", "HOLDFAST_BANK_PEPPER").encode()
    database = Database(site.database("bank").url, pool_size=1)
    try:
        for scope in missing:
            secret = await create_api_key(database, stack_caller(scope), SCOPES[scope], pepper=pepper)
            site.state.keep_secret(site.bank_key(scope), secret)
    finally:
        await database.close()


async def name_webhook_endpoint(site: Site) -> None:
    """Register this stack's API with the bank, at its current port; the signing secret is new at every start."""
    from bank.service.acts.webhooks import register, secret_context  # noqa: PLC0415  # loaded by then: see _load
    from bank.service.settings import sealing_key  # noqa: PLC0415  # loaded by then: see _load
    from edge.database import Database  # noqa: PLC0415  # loaded by then: see _load
    from edge.sealing import Sealer  # noqa: PLC0415  # loaded by then: see _load
    from edge.webhooks import new_secret  # noqa: PLC0415  # loaded by then: see _load

    if "HOLDFAST_BANK_WEBHOOK_SECRET" in site.environment:
        return  # a user who sets the secret has registered the address
    caller, secret = stack_caller("payments"), new_secret()
    pepper = site.secret("bank_pepper", "HOLDFAST_BANK_PEPPER").encode()
    sealed = Sealer([sealing_key(pepper)]).seal(secret, secret_context(caller))
    site.state.keep_secret("bank_webhook_secret", secret)
    database = Database(site.database("bank").url, pool_size=1)
    try:
        async with database.transaction() as session:
            await register(session, caller, f"{site.http('api')}/api/v1/bank-webhooks", sealed)
    finally:
        await database.close()


async def make_signer_seed(site: Site) -> None:
    """Make the seed once; it stays in the signer's database, encrypted. Raises StackError for another passphrase."""
    from edge.startup import WrongSettings  # noqa: PLC0415  # loaded by then: see _load
    from signer.service.seeds import make_seed  # noqa: PLC0415  # see above

    passphrase = site.secret("signer_passphrase", "HOLDFAST_SIGNER_PASSPHRASE").encode()
    try:
        await make_seed(site.database("signer").owner_url, passphrase)
    except WrongSettings as error:
        raise StackError(str(error)) from None


async def give_gas(site: Site) -> None:
    """Fill the gas account and the main wallet from the node's faucet: sweeps and withdrawals burn TRX.

    On another chain a person does that.
    """
    import httpx  # noqa: PLC0415  # see above

    from signer.client import SignerClient  # noqa: PLC0415  # see above
    from tron.client import Done, TronClient  # noqa: PLC0415  # see above

    if "HOLDFAST_TRON_URL" in site.environment:
        return
    signer = SignerClient(site.http("signer"), site.secret("signer_key", "HOLDFAST_SIGNER_KEY"))
    async with aclosing(TronClient(site.http("tron"))) as node, aclosing(signer):
        accounts = await signer.accounts()
        wanted = {accounts.gas: GAS_TRX * SUN, accounts.main: MAIN_TRX * SUN}
        held = {address: await node.account(address) for address in wanted}
    async with httpx.AsyncClient(base_url=site.http("tron"), trust_env=False, timeout=10) as faucet:
        for address, sun in wanted.items():
            has = held[address]
            if isinstance(has, Done) and has.value.sun >= sun // 2:
                continue
            given = {"address": address, "minor": sun, "currency": "TRX"}
            (await faucet.post("/control/faucet", json=given)).raise_for_status()


def stack_caller(scope: str) -> str:
    """The stack's name at the bank. Owners of accounts read the name of the caller that requests their payments."""
    return "Holdfast" if scope == "payments" else f"stack-{scope}"


async def make_test_clock(site: Site) -> None:
    """Make the market a sandbox, in which a deal's time can be moved. One that had deals before stays as it is."""
    import store  # noqa: PLC0415  # see above

    if "market" not in site.own_databases:
        return
    database = site.database("market")
    with suppress(OtherSchema):
        await asyncio.to_thread(store.migrate, database.owner_url, database.app_role, test_clock=True)


TEST_CLOCK: Final = Preparation("test clock", make_test_clock, after=("migrations",))  # of `holdfast up` alone
GAS: Final = Preparation("gas", give_gas, after=("tron", "signer"))  # after programs, which preparations are not
PREPARATIONS = (
    Preparation("code", load_code),
    Preparation("migrations", migrate, after=("databases", "code")),
    Preparation("bank keys", make_bank_keys, after=("migrations",)),
    Preparation("bank webhook", name_webhook_endpoint, after=("migrations",)),
    Preparation("signer seed", make_signer_seed, after=("migrations",)),
)
