"""The client against servers that answer anything: every answer that is not clearly done or refused is unknown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from bank.client import (
    BankClient,
    BankUnavailable,
    Call,
    CodeSent,
    Done,
    KeyUnknown,
    Operation,
    Refused,
    Unknown,
    credit,
    debit,
    open_operation,
    request_code,
)
from bank.errors import REFUSALS
from domain.money import Money

AMOUNT, FEE = Money(11_560, "RUB"), Money(500, "RUB")
OPERATION = {
    "key": "op-001-00112233445566778899",
    "kind": "debit",
    "status": "created",
    "amount": "115.60",
    "fee": "5.00",
    "currency": "RUB",
    "payer_account": "001aaaaaaaaaa",
    "payee_account": "002bbbbbbbbbb",
    "reference": "deal/1",
    "source": None,
    "created_at": "2026-01-31T09:05:00.000000Z",
    "held_at": None,
    "captured_at": None,
    "voided_at": None,
}
OPEN = open_operation("key/1", "001aaaaaaaaaa", "002bbbbbbbbbb", AMOUNT, FEE, "deal/1")

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking_to(serve: Serve, timeout_s: float = 60.0) -> AsyncIterator[BankClient]:
    """A client of a bare TCP server that handles each connection with `serve`."""
    held: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        held.add(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    client = BankClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "hf_bank_x", timeout_s=timeout_s)
    yield client
    await client.aclose()
    server.close()
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


def answering(status: int, body: object, headers: str = "") -> Serve:
    """A server that gives one HTTP answer to every request; a str is sent as it is."""
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{headers}\r\n"
    return raw(head.encode() + content)


def raw(reply: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()

    return serve


async def sent(serve: Serve, call: Call[Any] = OPEN, *, timeout_s: float = 60.0) -> object:
    async with talking_to(serve, timeout_s) as client:
        return await client.send(call)


def problem(code: str) -> dict[str, object]:
    return {"type": f"urn:{code}", "title": "X", "status": 409, "code": code, "detail": "because"}


async def test_what_was_asked_for_is_done() -> None:
    answer = await sent(answering(201, OPERATION))
    assert isinstance(answer, Done)
    assert isinstance(answer.value, Operation)
    assert (answer.value.amount, answer.value.fee, answer.value.status) == (AMOUNT, FEE, "created")


@pytest.mark.parametrize("code", sorted(REFUSALS))
async def test_a_refusal_of_the_banks_list_is_final(code: str) -> None:
    assert await sent(answering(409, problem(code))) == Refused(code, "because")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, OPERATION),
        (204, ""),
        (301, OPERATION),
        (400, problem("something_new")),
        (401, problem("bad_api_key")),
        (403, problem("scope_missing")),
        (404, "<h1>no such page at the proxy</h1>"),
        (409, problem("request_in_progress")),
        (422, problem("idempotency_key_reused")),
        (422, problem("missing_field")),
        (429, problem("insufficient_funds")),
        (500, problem("insufficient_funds")),
        (502, "<h1>Bad gateway</h1>"),
        (503, problem("database_unavailable")),
        (201, "not JSON"),
        (201, "[" * 100_000),
        (201, []),
        (201, {}),
        (201, None),
        (201, {"amount": "115.60"}),
        (409, "refused"),
        (409, [problem("insufficient_funds")]),
    ],
)
async def test_everything_else_is_unknown(status: int, body: object) -> None:
    assert isinstance(await sent(answering(status, body)), Unknown)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "115.61"},
        {"amount": "1156.00"},
        {"currency": "USD"},
        {"fee": "0.00"},
        {"payer_account": "001cccccccccc"},
        {"payee_account": "002cccccccccc"},
        {"reference": "deal/2"},
        {"kind": "credit"},
        {"status": "success"},
    ],
)
async def test_an_answer_that_contradicts_the_request_is_unknown(wrong: dict[str, object]) -> None:
    assert await sent(answering(201, OPERATION | wrong)) == Unknown("answer contradicts the request")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 115.6},
        {"amount": "115.600"},
        {"amount": "-115.60"},
        {"currency": "XXX"},
        {"status": "done"},
        {"created_at": "yesterday"},
        {"created_at": "2026-01-31T09:05:00"},
        {"key": None},
        {"source": 1},
    ],
)
async def test_an_answer_of_another_shape_is_unknown(wrong: dict[str, object]) -> None:
    assert await sent(answering(201, OPERATION | wrong)) == Unknown("answer not understood")


async def test_the_steps_check_that_the_answer_is_about_their_operation() -> None:
    held = OPERATION | {"status": "pause"}
    key = str(OPERATION["key"])
    moment = datetime.now(UTC)
    assert isinstance(await sent(answering(200, held), debit("k", key, "0000-0000", moment)), Done)
    contradiction = Unknown("answer contradicts the request")
    assert await sent(answering(200, held), debit("k", "op-other", "0000-0000", moment)) == contradiction
    assert await sent(answering(200, OPERATION), debit("k", key, "0000-0000", moment)) == contradiction
    other_amount = debit("k", key, "0000-0000", moment, amount=AMOUNT + AMOUNT)
    assert await sent(answering(200, held), other_amount) == contradiction
    paid = OPERATION | {"kind": "credit", "status": "success", "source": key, "fee": "0.00"}
    assert isinstance(await sent(answering(201, paid), credit("k", "002bbbbbbbbbb", AMOUNT, key, "deal/1")), Done)
    assert await sent(answering(201, paid), credit("k", "002bbbbbbbbbb", AMOUNT, "op-2", "deal/1")) == contradiction
    code = await sent(answering(201, {"number": 1, "expires_at": "2026-01-31T09:05:00Z"}), request_code("k", key))
    assert code == Done(CodeSent(1, datetime(2026, 1, 31, 9, 5, tzinfo=UTC)))


async def test_silence_and_broken_connections_are_unknown() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 201 X\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 201 X\r\n\r\n")
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    assert await sent(silent, timeout_s=0.5) == Unknown("time-out")
    assert await sent(dripping, timeout_s=0.5) == Unknown("time-out")
    assert isinstance(await sent(endless), Unknown)
    for reply in (b"", b"garbage\r\n\r\n", b"HTTP/1.1 201 X\r\nContent-Length: 1000\r\n\r\n{"):
        answer = await sent(raw(reply))
        assert isinstance(answer, Unknown)
        assert answer.why.startswith("connection")


async def test_a_bank_that_is_not_there_is_unknown(unused_tcp_port: int) -> None:
    client = BankClient(f"http://127.0.0.1:{unused_tcp_port}", "hf_bank_x", timeout_s=60)
    assert await client.send(OPEN) == Unknown("connection: ConnectError")
    assert await client.ask(OPEN) == Unknown("connection: ConnectError")
    assert await client.check_funds("001aaaaaaaaaa", AMOUNT, "op-1") == Unknown("connection: ConnectError")
    with pytest.raises(BankUnavailable):
        await client.fees()
    with pytest.raises(BankUnavailable):
        await client.banks()
    await client.aclose()


async def test_asking_distinguishes_a_key_that_is_unknown_from_one_that_was_refused() -> None:
    async def asked(status: int, body: object) -> object:
        async with talking_to(answering(status, body)) as client:
            return await client.ask(OPEN)

    stored = {"status": 201, "body": OPERATION, "recorded_at": "2026-01-31T09:05:00Z"}
    refused = {"status": 409, "body": problem("insufficient_funds"), "recorded_at": "2026-01-31T09:05:00Z"}
    assert isinstance(await asked(200, stored), Done)
    assert await asked(200, refused) == Refused("insufficient_funds", "because")
    assert await asked(404, problem("key_unknown")) == KeyUnknown()
    assert isinstance(await asked(404, problem("not_found")), Unknown)
    assert isinstance(await asked(200, {"status": 201}), Unknown)
    assert isinstance(await asked(200, OPERATION), Unknown)
    assert isinstance(await asked(500, problem("key_unknown")), Unknown)


async def test_a_call_sent_twice_is_the_same_bytes_under_the_same_key() -> None:
    received: list[bytes] = []

    async def recording(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
        received.append(head + await reader.readexactly(length))

    async with talking_to(recording) as client:
        assert isinstance(await client.send(OPEN), Unknown)
        assert isinstance(await client.send(OPEN), Unknown)
    assert received[0] == received[1]
    assert b"Idempotency-Key: key/1\r\n" in received[0]


def test_a_call_never_shows_its_code() -> None:
    call = debit("key/1", "op-1", "ABCD-EFGH", datetime.now(UTC))
    assert "ABCD" not in repr(call)
    with pytest.raises(ValueError):
        debit("key/1", "op-1", "ABCD-EFGH", datetime.now())  # noqa: DTZ005  # without a time zone on purpose
