"""The signer over HTTP."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any, Final, Literal, Self

from fastapi import APIRouter, Depends, Response
from pydantic import Field, model_validator

from domain.errors import Refusal, Unavailable
from edge.problem import problems
from edge.stack_word import stack_header
from edge.wire import Wire, one_of
from signer.service import acts
from signer.service.audit import audit
from signer.service.figures import ANSWERS, SIGNED
from signer.service.migrate import is_current
from signer.service.rules import Account, Purpose, Source
from signer.service.services import ServicesOfApp, require_key
from signer.service.transactions import MAX_RAW_BYTES, as_json, parse
from signer.service.vault import LAST_INDEX

MAX_ADDRESSES: Final = 500  # of one request: deriving them takes half a second

Index = Annotated[int, Field(ge=0, le=LAST_INDEX)]


class AddressesIn(Wire):
    first: Index
    count: Annotated[int, Field(ge=1, le=MAX_ADDRESSES)]

    @model_validator(mode="after")
    def _there_are_so_many(self) -> Self:
        if self.first + self.count - 1 > LAST_INDEX:
            raise ValueError("the last index is 2147483647")
        return self


class AddressOut(Wire):
    index: Index
    address: str


class AddressesOut(Wire):
    addresses: list[AddressOut]


class AccountsOut(Wire):
    main: str
    gas: str


class SourceIn(Wire):
    """Whose key signs: a derived address by its index, or an account."""

    model_config = Wire.model_config | {"json_schema_extra": one_of("index", "account")}

    index: Index | None = None
    account: Annotated[Account | None, Field(strict=False)] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.index is None) == (self.account is None):
            raise ValueError("either index or account")
        return self


class SignatureIn(Wire):
    key: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
    purpose: Annotated[Purpose, Field(strict=False)]
    raw_data_hex: Annotated[str, Field(max_length=2 * MAX_RAW_BYTES, pattern=r"^([0-9a-f]{2})+$")]
    from_: Annotated[SourceIn, Field(alias="from")]


class SignatureOut(Wire):
    txid: str
    signature: str
    transaction: dict[str, Any]
    """As a node takes it: `wallet/broadcasttransaction`."""


class CheckOut(Wire):
    name: str
    examined: int
    broken: int


class ViolationOut(Wire):
    check: str
    detail: str


class AuditOut(Wire):
    violations: list[ViolationOut]
    checks: list[CheckOut]


class HealthOut(Wire):
    status: Literal["ok"] = "ok"


router = APIRouter(dependencies=[Depends(require_key)])
health_router = APIRouter(tags=["health"])


@router.post("/addresses", responses=problems(401, 413, 422, 503))
async def give_addresses(body: AddressesIn, services: ServicesOfApp) -> AddressesOut:
    """The addresses m/44'/195'/0'/0/index from `first`. The same again for the same indexes, for ever."""
    given = await asyncio.to_thread(services.vault.addresses, body.first, body.count)
    await services.database.run(partial(acts.record_addresses, derived=given))
    return AddressesOut(addresses=[AddressOut(index=index, address=address) for index, address in given])


@router.get("/accounts", responses=problems(401, 503))
async def read_accounts(services: ServicesOfApp) -> AccountsOut:
    """The main wallet, m/44'/195'/1'/0/0, and the gas account, m/44'/195'/1'/0/1."""
    return AccountsOut(main=services.vault.main, gas=services.vault.gas)


@router.post("/signatures", responses=problems(401, 409, 413, 422, 429, 503))
async def sign(body: SignatureIn, services: ServicesOfApp) -> SignatureOut:
    """Signs a transaction that its purpose allows. The first answer to `key` is its answer for ever; only a day whose
    limit is used up decides nothing, and the same request may be signed later.
    """
    source = Source(index=body.from_.index, account=body.from_.account)
    wanted = acts.Wanted(body.key, body.purpose, source, bytes.fromhex(body.raw_data_hex))
    work = partial(acts.sign, vault=services.vault, contract=services.contract, limits=services.limits, wanted=wanted)
    try:
        row = await services.database.run(work)
        refusal = acts.refused(row)
        if refusal is not None:
            raise refusal
    except Refusal as refused:
        ANSWERS.labels(body.purpose, refused.code).inc()
        raise
    ANSWERS.labels(body.purpose, SIGNED).inc()
    assert row.txid is not None and row.signature is not None
    signed = as_json(parse(row.raw), row.signature)
    return SignatureOut(txid=row.txid, signature=row.signature.hex(), transaction=signed)


@router.get("/audit", responses=problems(401, 503))
async def read_audit(services: ServicesOfApp) -> AuditOut:
    """Every signature against its rules, every day against its limit, every address against the seed. At most 100
    violations of a check are listed.
    """
    async with services.database.snapshot() as session:
        checks = await audit(session, services.vault, services.contract, services.limits)
    return AuditOut(
        violations=[ViolationOut(check=check.name, detail=detail) for check in checks for detail in check.violations],
        checks=[CheckOut(name=check.name, examined=check.examined, broken=check.broken) for check in checks],
    )


@health_router.get("/health")
async def health() -> HealthOut:
    """The program is alive."""
    return HealthOut()


@health_router.get("/ready", responses=problems(503))
async def ready(services: ServicesOfApp, response: Response) -> HealthOut:
    """The database answers and has the schema that this program was written for."""
    async with services.database.transaction() as session:
        current = await is_current(await session.connection())
    if not current:
        raise Unavailable("not_migrated", "The database does not have the schema that is expected.", 5)
    response.headers.update(stack_header())
    return HealthOut()
