"""What a connection may cost: who sends too much, too slowly or nothing is cut off, and others are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edge.addresses import one_caller
from edge.limits import Limits
from edge.serving import serving

HOST = "127.0.0.1"
BRIEF_S = 1.0  # an immediate answer arrives in this time, on a busy machine too
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
LARGE = b"Cookie: " + b"c" * 17_000 + b"\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _outcome(request: Request) -> Response:
    """The request as the application saw it."""
    body = await request.body()
    client = request.client.host if request.client else ""
    names = [name.decode() for name, _ in request.scope["headers"]]
    return JSONResponse({"names": names, "bytes": len(body), "client": client, "scheme": request.scope["scheme"]})


def _application(*others: Route) -> Starlette:
    return Starlette(routes=[Route("/", _outcome, methods=["GET", "POST"]), *others])


async def _connected(address: str, source: str = HOST) -> Streams:
    host, _, port = address.removeprefix("http://").rpartition(":")
    return await asyncio.open_connection(host, int(port), local_addr=(source, 0))


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the server closes the connection, however it does that."""
    said = b""
    try:
        while part := await reader.read(65_536):
            said += part
    except ConnectionError:
        pass
    return said


async def _answer(streams: Streams, request: bytes = HEAD + b"\r\n") -> str:
    """The answer to one request, on a connection that stays open."""
    reader, writer = streams
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    [length] = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    return head.split(b"\r\n")[0].decode() + " " + (await reader.readexactly(int(length))).decode()


async def _dripped(streams: Streams, part: bytes) -> bytes:
    """The answer to a client that sends `part` repeatedly until the server closes the connection."""
    reader, writer = streams
    rest = asyncio.create_task(_rest(reader))
    while not rest.done():
        try:
            writer.write(part)
            await writer.drain()
        except ConnectionError:
            break
        await asyncio.sleep(BRIEF_S / 20)
    return await rest


async def test_a_head_that_is_too_large_is_refused_and_one_below_is_served() -> None:
    async with serving(_application(), HOST, 0) as address:
        for head in (HEAD + LARGE, HEAD + b"a: b\r\n" * 3_000, b"GET /%s HTTP/1.1\r\nHost: x\r\n" % (b"x" * 17_000)):
            reader, writer = await _connected(address)
            writer.write(head + b"\r\n")
            assert (await _rest(reader)).startswith(b"HTTP/1.1 431 ")
            writer.close()
        served = await _connected(address)
        assert (await _answer(served, HEAD + b"Cookie: " + b"c" * 15_000 + b"\r\n\r\n")).startswith("HTTP/1.1 200 ")
        served[1].close()


@pytest.mark.parametrize(
    "begun",
    [
        HEAD + b"X: ",
        b"GET /",
        HEAD,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;x=",
    ],
    ids=["a value", "an address", "a name", "a field behind the body", "an extension of a chunk"],
)
async def test_a_line_that_never_ends_is_not_kept(begun: bytes) -> None:
    async with serving(_application(), HOST, 0) as address:
        reader, writer = await _connected(address)
        rest = asyncio.create_task(_rest(reader))
        sent_bytes = 0
        try:
            writer.write(begun)
            while not rest.done() and sent_bytes < 64 * 2**20:
                writer.write(b"x" * 65_536)
                await writer.drain()
                sent_bytes += 65_536
        except ConnectionError:
            pass
        await rest
        writer.close()
        assert sent_bytes < 16 * 2**20  # the rest is what the two systems keep of what was on its way


@pytest.mark.parametrize(
    ("begun", "dripped", "said"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b""),
        (b"GET / HT", b"", b"HTTP/1.1 408 "),
        (HEAD, b"a: b\r\n", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", b"", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", b"x", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", b"HTTP/1.1 408 "),
    ],
)
async def test_what_does_not_arrive_in_time_ends_only_its_own_connection(
    begun: bytes, dripped: bytes, said: bytes
) -> None:
    async with serving(_application(), HOST, 0, limits=Limits(head_s=BRIEF_S, body_s=BRIEF_S)) as address:
        slow, used = await _connected(address), await _connected(address)
        assert (await _answer(used)).startswith("HTTP/1.1 200 ")
        slow[1].write(begun)
        shown = await (_dripped(slow, dripped) if dripped else _rest(slow[0]))
        slow[1].close()
        assert shown.startswith(said)
        other = await _connected(address)
        assert (await _answer(other)).startswith("HTTP/1.1 200 ")
        other[1].close()
        # One that has been used has as long for its next head, however much it sends that begins none.
        assert await _dripped(used, b"\r\n") == b""
        used[1].close()


async def test_a_client_that_does_not_read_its_answer_is_not_waited_for() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def stream(request: Request) -> Response:
        return StreamingResponse(endless())

    limits = Limits(head_s=BRIEF_S, answer_s=BRIEF_S)
    async with serving(_application(Route("/endless", stream)), HOST, 0, limits=limits) as address:
        reader, writer = await _connected(address)
        writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        await ended.wait()
        assert not (await _rest(reader)).endswith(b"0\r\n\r\n")
        writer.close()


async def test_a_connection_that_is_to_be_closed_does_not_wait_for_its_reader_for_ever() -> None:
    async def large(request: Request) -> Response:
        return Response(b"x" * 2**25)

    limits = Limits(head_s=BRIEF_S, answer_s=BRIEF_S, of_caller=1)
    async with serving(_application(Route("/large", large)), HOST, 0, limits=limits) as address:
        _, unread = await _connected(address)
        unread.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b""
        while not said:  # the caller's one connection is free again once the server has given up
            reader, writer = await _connected(address)
            writer.write(HEAD + b"Connection: close\r\n\r\n")
            said = await _rest(reader)
            writer.close()
        assert said.startswith(b"HTTP/1.1 200 ")
        unread.close()


async def test_a_caller_has_so_many_connections_and_takes_none_from_others() -> None:
    async with serving(_application(), HOST, 0, limits=Limits(of_caller=3)) as address:
        held = [await _connected(address) for _ in range(3)]
        assert [(await _answer(one))[:12] for one in held] == ["HTTP/1.1 200"] * 3
        refused = await _connected(address)
        assert await _rest(refused[0]) == b""
        other = await _connected(address, "127.0.0.2")
        assert (await _answer(other)).startswith("HTTP/1.1 200 ")
        held.pop()[1].close()
        while True:  # the server learns of it a moment later
            again = await _connected(address)
            again[1].write(HEAD + b"Connection: close\r\n\r\n")
            said = await _rest(again[0])
            again[1].close()
            if said:
                break
        assert said.startswith(b"HTTP/1.1 200 ")
        for _, writer in (*held, refused, other):
            writer.close()


async def test_a_proxy_has_as_many_as_all_and_all_have_a_bound() -> None:
    async with serving(_application(), HOST, 0, limits=Limits(of_caller=1, connections=4, proxies=[HOST])) as address:
        held = [await _connected(address) for _ in range(4)]
        assert [(await _answer(one))[:12] for one in held] == ["HTTP/1.1 200"] * 4
        refused = await _connected(address, "127.0.0.2")
        assert await _rest(refused[0]) == b""
        for _, writer in (*held, refused):
            writer.close()


@pytest.mark.parametrize(
    ("source", "forwarded", "client"),
    [
        ("127.0.0.2", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.2", "198.51.100.9, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.2", "192.0.2.1, 127.0.0.3", "192.0.2.1"),
        ("127.0.0.2", "198.51.100.9, 2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "192.0.2.1", "127.0.0.1"),
        ("127.0.0.9", "127.0.0.2", "127.0.0.9"),
    ],
)
async def test_only_a_named_proxy_is_believed_and_this_machine_is_none(
    source: str, forwarded: str, client: str
) -> None:
    head = HEAD + f"X-Forwarded-For: {forwarded}\r\nX-Forwarded-Proto: https\r\n\r\n".encode()
    async with serving(_application(), HOST, 0, limits=Limits(proxies=["127.0.0.2/31"])) as address:
        streams = await _connected(address, source)
        answer = await _answer(streams, head)
        streams[1].close()
    assert f'"client":"{client}","scheme":"{"http" if client == source else "https"}"' in answer


async def test_without_proxies_no_header_is_trusted() -> None:
    async with serving(_application(), HOST, 0) as address:
        streams = await _connected(address)
        answer = await _answer(streams, HEAD + b"X-Forwarded-For: 192.0.2.1\r\n\r\n")
        streams[1].close()
    assert f'"client":"{HOST}"' in answer


async def test_fields_after_a_body_never_become_headers() -> None:
    body = b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nIdempotency-Key: k\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    async with serving(_application(), HOST, 0) as address:
        streams = await _connected(address)
        answer = await _answer(streams, b"POST / HTTP/1.1\r\nHost: x\r\n" + body)
        assert '"names":["host","transfer-encoding"],"bytes":1' in answer
        assert (await _answer(streams)).startswith("HTTP/1.1 200 ")
        streams[1].close()


async def test_requests_that_come_together_are_all_answered_however_many_bytes_they_are() -> None:
    count, one = 60, HEAD + b"Cookie: " + b"c" * 8_000 + b"\r\n\r\n"
    async with serving(_application(), HOST, 0) as address:
        reader, writer = await _connected(address)
        writer.write(one * (count - 1) + HEAD + b"Connection: close\r\n\r\n")
        assert (await _rest(reader)).count(b"HTTP/1.1 200 ") == count
        writer.close()


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_one_caller_is_an_address_or_the_network_of_it(address: str, caller: str) -> None:
    assert one_caller(address) == caller
