"""What a web socket takes for whole texts is what the protocol's own parser makes of the same bytes."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from edge.frames import whole_texts

MAX_BYTES = 66_000

texts = st.text(max_size=60).map(str.encode) | st.sampled_from([125, 126, 127, 65_535, 65_536, 66_001]).map(bytes)
pieces = st.sampled_from([Opcode.TEXT, Opcode.CONT, Opcode.BINARY])
frames = (
    st.builds(Frame, st.just(Opcode.TEXT), texts)
    | st.builds(Frame, pieces, st.binary(max_size=20), st.booleans())
    | st.builds(Frame, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=20))
)


def parsed(data: bytes) -> list[tuple[Opcode, bytes]]:
    parser = Protocol(Side.SERVER, state=State.OPEN, max_size=MAX_BYTES)
    parser.receive_data(data)
    return [(event.opcode, bytes(event.data)) for event in parser.events_received() if isinstance(event, Frame)]


def masked(said: list[Frame]) -> bytes:
    return b"".join(frame.serialize(mask=True) for frame in said)


@given(st.lists(frames, max_size=5), st.integers(0, 30))
@example([Frame(Opcode.TEXT, b"whole")] * 3, 2)
@example([Frame(Opcode.TEXT, b"\xff")], 0)
def test_texts_and_what_is_left_are_what_the_parser_finds(said: list[Frame], cut: int) -> None:
    data = masked(said)[: -cut or None]
    found, read = whole_texts(data, MAX_BYTES)
    assert [(Opcode.TEXT, text.encode()) for text in found] + parsed(data[read:]) == parsed(data)
    assert whole_texts(data[read:], MAX_BYTES) == ([], 0)


def test_whole_texts_are_found_up_to_the_first_other_frame() -> None:
    data = masked([Frame(Opcode.TEXT, b"one"), Frame(Opcode.TEXT, bytes(200)), Frame(Opcode.PING, b"")])
    assert whole_texts(data, MAX_BYTES) == (["one", "\0" * 200], len(data) - 6)
    unmasked = Frame(Opcode.TEXT, b"one").serialize(mask=False)
    assert whole_texts(unmasked + data, MAX_BYTES) == ([], 0)
