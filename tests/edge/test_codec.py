"""What Temporal stores is encrypted, and the codec server decrypts it for the Temporal UI alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToJson
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload, Payloads

from codec import CodecSettings, create_app
from edge.sealing import SealBroken
from edge.serving import serving
from edge.startup import WrongSettings, load
from encryption import Encryption, converter
from tests.fixtures.market import NOWHERE, market_settings

OLD, NEW = b"o" * 32, b"n" * 32
IN_BASE64 = {OLD: "b29v" * 10 + "b28=", NEW: "bm5u" * 10 + "bm4="}
UI = "http://temporal.example.test"
SAID = Payload(metadata={"encoding": b"json/plain"}, data=b'{"reason": "their desk was called"}')


async def test_a_payload_tells_nothing_and_is_the_same_again() -> None:
    [stored] = await Encryption([NEW]).encode([SAID])
    assert b"desk" not in stored.SerializeToString()
    assert await Encryption([NEW]).decode([stored]) == [SAID]


async def test_a_key_is_replaced_while_the_old_one_still_decrypts() -> None:
    [stored] = await Encryption([OLD]).encode([SAID])
    both = Encryption([NEW, OLD])
    assert await both.decode([stored]) == [SAID]
    [again] = await both.encode([SAID])
    assert await Encryption([NEW]).decode([again]) == [SAID]
    with pytest.raises(SealBroken):
        await Encryption([NEW]).decode([stored])


async def test_what_was_stored_before_there_were_keys_stays_readable() -> None:
    assert await Encryption([NEW]).decode([SAID]) == [SAID]


async def test_a_changed_payload_is_refused() -> None:
    [stored] = await Encryption([NEW]).encode([SAID])
    stored.data = stored.data[:-1] + bytes([stored.data[-1] ^ 1])
    with pytest.raises(SealBroken):
        await Encryption([NEW]).decode([stored])


async def test_failures_are_encrypted_with_their_messages_and_traces() -> None:
    from temporalio.api.failure.v1 import Failure

    failure = Failure()
    try:
        raise RuntimeError("account 004abcdefghij is closed")
    except RuntimeError as error:
        await converter([NEW]).encode_failure(error, failure)
    assert b"004abcdefghij" not in failure.SerializeToString()
    assert "004abcdefghij" in str(await converter([NEW]).decode_failure(failure))


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[httpx.AsyncClient]:
    settings = CodecSettings(
        payload_keys=f"{IN_BASE64[NEW]},{IN_BASE64[OLD]}",
        temporal_ui_url=f"{UI}/namespaces/default",
    )
    async with (
        serving(create_app(settings), "127.0.0.1", 0) as address,
        httpx.AsyncClient(base_url=address, headers={"Origin": UI}, trust_env=False, timeout=120) as client,
    ):
        yield client


async def _asked(server: httpx.AsyncClient, *payloads: Payload, **headers: str) -> httpx.Response:
    body = MessageToJson(Payloads(payloads=payloads))
    named = {"Content-Type": "application/json", "X-Namespace": "default", **headers}
    return await server.post("/decode", content=body, headers=named)


async def test_the_ui_gets_payloads_of_every_key_decrypted(server: httpx.AsyncClient) -> None:
    stored = [*await Encryption([OLD]).encode([SAID]), *await Encryption([NEW]).encode([SAID]), SAID]
    reply = await _asked(server, *stored)
    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (200, UI)
    assert json.loads(reply.text) == json.loads(MessageToJson(Payloads(payloads=[SAID, SAID, SAID])))


async def test_a_browser_may_ask_from_the_ui_and_from_nowhere_else(server: httpx.AsyncClient) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"}
    assert (await server.options("/decode", headers=asking)).headers["access-control-allow-origin"] == UI
    foreign = await server.options("/decode", headers=asking | {"Origin": "http://evil.example.test"})
    assert foreign.status_code == 400 and "access-control-allow-origin" not in foreign.headers
    [stored] = await Encryption([NEW]).encode([SAID])
    answered = await _asked(server, stored, Origin="http://evil.example.test")
    assert "access-control-allow-origin" not in answered.headers


@pytest.mark.parametrize("body", [b"", b'{"payloads": 7}', b'{"payloads": [', b"\xff", b"words"])
async def test_a_body_that_is_no_message_is_refused(server: httpx.AsyncClient, body: bytes) -> None:
    reply = await server.post("/decode", content=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")


async def test_a_payload_of_a_key_that_is_gone_is_named(server: httpx.AsyncClient) -> None:
    reply = await _asked(server, *await Encryption([b"x" * 32]).encode([SAID]))
    assert (reply.status_code, reply.json()["field"]) == (422, "payloads")


@pytest.mark.parametrize("keys", ["", "c2hvcnQ=", f"{IN_BASE64[NEW]},", f"{IN_BASE64[NEW]},c2hvcnQ="])
def test_a_program_with_a_key_that_is_none_does_not_start(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_PAYLOAD_KEYS", keys)
    monkeypatch.setenv("HOLDFAST_TEMPORAL_UI_URL", UI)
    with pytest.raises(WrongSettings, match="HOLDFAST_PAYLOAD_KEYS"):
        load(CodecSettings)
    with pytest.raises(ValidationError, match="sealing_keys"):
        market_settings(NOWHERE, sealing_keys=keys)
