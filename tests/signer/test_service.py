"""The signer over HTTP: one answer per key, limits that parallel requests cannot pass, an audit that notices."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from tronpy.keys import Signature

from audit import signer_audit
from domain.money import Money
from edge.database import Database
from signer.client import NotSigned, Purpose, Signed, SignerClient, SignerUnavailable, Source, Unknown
from signer.service.figures import DAY_LIMIT, DAY_SIGNED, signer_figures
from signer.service.transactions import SUN
from tests.fixtures.catalogue import by_owner, rows
from tests.fixtures.databases import Databases
from tests.fixtures.signer import KEY, RunningSigner, running_signer, token_transfer, trx_payment

USER = "TJzXt1sZautjqXnpjQT4xSCBHNSYgBkDr3"
USDT = 1_000_000


def withdrawal(signer: RunningSigner, minor: int = USDT, to: str = USER, **more: Any) -> str:
    return token_transfer(signer.main, to, minor, **more)


async def signed(signer: RunningSigner, key: str, raw: str) -> Signed:
    answer = await signer.client.sign(key, "withdrawal", raw, "main")
    assert isinstance(answer, Signed), answer
    return answer


async def violations(signer: RunningSigner) -> list[str]:
    return [found["check"] for found in (await signer.client.audit())["violations"]]


async def test_addresses_are_the_same_for_ever_and_those_of_the_seed(signer: RunningSigner) -> None:
    first = await signer.client.addresses(0, 5)
    assert await signer.client.addresses(0, 5) == first
    assert (await signer.client.addresses(3, 2)) == first[3:]
    assert len({one.address for one in first} | {signer.main, signer.gas}) == 7
    accounts = await signer.client.accounts()
    assert (accounts.main, accounts.gas) == (signer.main, signer.gas)


async def test_all_three_purposes_are_signed_by_the_right_key_as_a_node_takes_it(signer: RunningSigner) -> None:
    [derived] = await signer.client.addresses(12, 1)
    wanted: list[tuple[Purpose, str, Source, str]] = [
        ("sweep", token_transfer(derived.address, signer.main, 7 * USDT), 12, derived.address),
        ("gas", trx_payment(signer.gas, derived.address, 30 * SUN), "gas", signer.gas),
        ("withdrawal", withdrawal(signer), "main", signer.main),
    ]
    for purpose, raw, source, address in wanted:
        answer = await signer.client.sign(f"{purpose}/1", purpose, raw, source)
        assert isinstance(answer, Signed), answer
        assert answer.transaction["signature"] == [answer.signature]
        assert answer.transaction["raw_data_hex"] == raw
        key = Signature.fromhex(answer.signature).recover_public_key_from_msg_hash(bytes.fromhex(answer.txid))
        assert key.to_base58check_address() == address
    assert await violations(signer) == []


async def test_a_key_has_one_answer_and_one_transaction(signer: RunningSigner) -> None:
    raw = withdrawal(signer)
    first = await signed(signer, "withdrawal/1/1", raw)
    answers = await asyncio.gather(*(signed(signer, "withdrawal/1/1", raw) for _ in range(10)))
    assert answers == [first] * 10
    other = await signer.client.sign("withdrawal/1/1", "withdrawal", withdrawal(signer, 2 * USDT), "main")
    assert isinstance(other, Unknown) and other.code == "key_reused"
    assert await rows(signer.stored.owner_url, "SELECT key FROM signatures") == [("withdrawal/1/1",)]


async def test_a_refusal_is_the_answer_for_ever(signer: RunningSigner) -> None:
    """An address that becomes our own afterwards does not change what was said about it."""
    [own] = await signer.client.addresses(0, 1)
    raw = withdrawal(signer, to=own.address)
    answers = [await signer.client.sign("withdrawal/2/1", "withdrawal", raw, "main") for _ in range(2)]
    assert [(type(answer), getattr(answer, "code", "")) for answer in answers] == [
        (NotSigned, "destination_not_allowed")
    ] * 2
    unread = await signer.client.sign("withdrawal/3/1", "withdrawal", "0a02", "main")
    assert isinstance(unread, NotSigned) and unread.code == "transaction_not_understood"


async def test_gas_goes_only_to_an_address_that_was_given_out(signer: RunningSigner) -> None:
    [shown] = await signer.client.addresses(5, 1)
    refused = await signer.client.sign("gas/1", "gas", trx_payment(signer.gas, USER, SUN), "gas")
    assert isinstance(refused, NotSigned) and refused.code == "destination_not_allowed"
    answer = await signer.client.sign("gas/2", "gas", trx_payment(signer.gas, shown.address, SUN), "gas")
    assert isinstance(answer, Signed)


async def test_parallel_requests_cannot_pass_the_limit_of_a_day(databases: Databases) -> None:
    """60 at once for 10 each, with a limit of 150: exactly 15 are signed, and repeats of them are not counted."""
    async with running_signer(databases, withdrawal_most=10, withdrawal_most_per_day=150) as signer:
        raws = [withdrawal(signer, 10 * USDT, timestamp=number + 1) for number in range(60)]

        async def ask(number: int) -> Signed | NotSigned | Unknown:
            return await signer.client.sign(f"withdrawal/{number}/1", "withdrawal", raws[number], "main")

        answers = await asyncio.gather(*map(ask, range(60)))
        assert Counter(type(answer) for answer in answers) == {Signed: 15, Unknown: 45}
        limited = next(answer for answer in answers if isinstance(answer, Unknown))
        assert limited.code == "daily_limit" and 86_000 < (limited.retry_after_s or 0) <= 86_400
        done = [number for number, answer in enumerate(answers) if isinstance(answer, Signed)]
        assert await asyncio.gather(*map(ask, done)) == [answers[number] for number in done]
        assert await rows(signer.stored.owner_url, "SELECT sum(amount_minor), count(*) FROM signatures") == [
            (150 * USDT, 15)
        ]
        assert await violations(signer) == []

        waiting = next(number for number in range(60) if number not in done)
        await by_owner(signer.stored.owner_url, "UPDATE signatures SET decided_at = decided_at - interval '24 hours'")
        assert isinstance(await ask(waiting), Signed)


async def test_one_transaction_has_a_limit(databases: Databases) -> None:
    async with running_signer(databases, withdrawal_most=10) as signer:
        refused = await signer.client.sign("w/1", "withdrawal", withdrawal(signer, 10 * USDT + 1), "main")
        assert isinstance(refused, NotSigned) and refused.code == "amount_over_limit"
        await signed(signer, "w/2", withdrawal(signer, 10 * USDT))


@pytest.mark.parametrize(
    ("corruption", "check"),
    [
        ("UPDATE signatures SET recipient = 'another'", "signatures_within_their_rules"),
        ("UPDATE signatures SET amount_minor = amount_minor - 1", "signatures_within_their_rules"),
        ("UPDATE signatures SET signature = set_byte(signature, 5, 0)", "signatures_within_their_rules"),
        ("UPDATE signatures SET purpose = 'sweep'", "signatures_within_their_rules"),
        ("UPDATE signatures SET day_minor = 1", "days_within_their_limit"),
        ("UPDATE addresses SET address = 'another'", "addresses_are_of_the_seed"),
        ("INSERT INTO addresses (index, address) VALUES (9, '" + USER + "')", "addresses_are_of_the_seed"),
    ],
)
async def test_the_audit_notices(signer: RunningSigner, corruption: str, check: str) -> None:
    await signer.client.addresses(0, 1)
    await signed(signer, "withdrawal/1/1", withdrawal(signer))
    assert await violations(signer) == []
    await by_owner(signer.stored.owner_url, corruption)
    assert check in await violations(signer)


async def test_an_audit_of_the_market_includes_the_signers(signer: RunningSigner) -> None:
    await signer.client.addresses(0, 2)
    await signed(signer, "withdrawal/1/1", withdrawal(signer))
    await by_owner(signer.stored.owner_url, "UPDATE addresses SET address = 'another' WHERE index = 1")
    results = {result.name: result for result in await signer_audit.examine(signer.url, KEY)}
    assert set(results) == {f"signer.{name}" for name in signer_audit.CHECKS}
    assert {name: (one.examined, one.broken) for name, one in results.items()} == {
        "signer.signatures_within_their_rules": (1, 0),
        "signer.days_within_their_limit": (1, 0),
        "signer.addresses_are_of_the_seed": (2, 1),
    }
    [unanswered] = await signer_audit.examine(signer.url, "another key of the signer, long enough")
    assert (unanswered.name, unanswered.broken) == (signer_audit.NAME, 1)


async def test_nobody_is_answered_without_a_key(signer: RunningSigner) -> None:
    for headers in ({}, {"Authorization": "Bearer " + "x" * 40}):
        async with httpx.AsyncClient(base_url=f"{signer.url}/api/v1", trust_env=False, headers=headers) as stranger:
            for method, path in (
                ("POST", "/addresses"),
                ("GET", "/accounts"),
                ("POST", "/signatures"),
                ("GET", "/audit"),
            ):
                assert (await stranger.request(method, path, json={})).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "with a space"}, "key"),
        ({"purpose": "gift"}, "purpose"),
        ({"raw_data_hex": "0"}, "raw_data_hex"),
        ({"raw_data_hex": "AB"}, "raw_data_hex"),
        ({"from": {}}, "from"),
        ({"from": {"index": 1, "account": "main"}}, "from"),
        ({"from": {"index": -1}}, "from.index"),
        ({"from": {"account": "other"}}, "from.account"),
        ({"more": 1}, "more"),
    ],
)
async def test_a_malformed_request_names_its_field(signer: RunningSigner, changes: dict[str, Any], field: str) -> None:
    body = {"key": "k", "purpose": "withdrawal", "raw_data_hex": "00", "from": {"account": "main"}} | changes
    answer = await signer.http.post("/signatures", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_the_role_of_the_program_cannot_change_what_was_signed(signer: RunningSigner) -> None:
    await signed(signer, "withdrawal/1/1", withdrawal(signer))
    for statement in ("UPDATE signatures SET key = 'x'", "DELETE FROM signatures", "DELETE FROM seeds"):
        with pytest.raises(Exception, match="permission denied"):
            await by_owner(signer.stored.url, statement)


async def test_a_signer_that_is_away_decides_nothing(unused_tcp_port: int) -> None:
    client = SignerClient(f"http://127.0.0.1:{unused_tcp_port}", "k" * 32, timeout_s=1)
    assert isinstance(await client.sign("k", "withdrawal", "00", "main"), Unknown)
    with pytest.raises(SignerUnavailable):
        await client.accounts()
    await client.aclose()


def test_the_units_of_the_limits_are_those_of_the_market() -> None:
    assert Money(USDT, "USDT").amount == "1.000000"


async def test_operators_see_what_was_signed_and_refused_and_how_much_of_the_day_is_left(signer: RunningSigner) -> None:
    def answered(answer: str) -> float:
        labels = {"purpose": "withdrawal", "answer": answer}
        return REGISTRY.get_sample_value("holdfast_signer_answers_total", labels) or 0

    before = answered("signed"), answered("destination_not_allowed")
    await signed(signer, "withdrawal/1", withdrawal(signer, 3 * USDT))
    refused = await signer.client.sign("withdrawal/2", "withdrawal", withdrawal(signer, to=signer.main), "main")
    assert isinstance(refused, NotSigned)
    assert (answered("signed"), answered("destination_not_allowed")) == (before[0] + 1, before[1] + 1)

    async with database_of(signer) as database:
        read = {one.figure: dict(one.values) for one in await signer_figures(database, signer.settings.signing)}
    assert read[DAY_SIGNED] == {("sweep",): 0, ("gas",): 0, ("withdrawal",): 3 * USDT}
    assert read[DAY_LIMIT] == {("gas",): 5_000 * SUN, ("withdrawal",): 50_000 * USDT}


@asynccontextmanager
async def database_of(signer: RunningSigner) -> AsyncIterator[Database]:
    database = Database(signer.stored.url, pool_size=1)
    yield database
    await database.close()
