"""The TRC-20 tokens of this chain: USDT, and a fake that calls itself so, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tronpy.keys import keccak256

from tron.addresses import PREFIX, raw
from tron.node import FAKE_CONTRACT, USDT_CONTRACT
from tron.node.state import TOKEN, State

# What a transfer costs on the main net: to an address that has tokens, and to one that gets its first.
TRANSFER_ENERGY: Final = 64_285
FIRST_TRANSFER_ENERGY: Final = 130_285
REVERT_ENERGY: Final = 4_000
READ_ENERGY: Final = 935


@dataclass(frozen=True, slots=True)
class Log:
    """An event; `address` has the 20 bytes that logs have."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Called:
    """What a call comes to with enough energy. Not `ok`: it is reverted."""

    energy: int
    ok: bool
    returned: bytes = b""
    logs: tuple[Log, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    address: bytes
    name: str
    symbol: str
    decimals: int
    supply: int


def _hash(text: str) -> bytes:
    found: bytes = keccak256(text.encode())
    return found


def _selector(signature: str) -> bytes:
    return _hash(signature)[:4]


SUPPLY: Final = 10**15  # a thousand million USDT
USDT: Final = Token(raw(USDT_CONTRACT), "Tether USD", "USDT", 6, SUPPLY)
FAKE: Final = Token(raw(FAKE_CONTRACT), "Tether USD", "USDT", 6, SUPPLY)
TOKENS: Final[Mapping[bytes, Token]] = {USDT.address: USDT, FAKE.address: FAKE}

TRANSFERRED: Final = _hash("Transfer(address,address,uint256)")
TRANSFER: Final = _selector("transfer(address,uint256)")
_BALANCE: Final = _selector("balanceOf(address)")
_NAME, _SYMBOL = _selector("name()"), _selector("symbol()")
_DECIMALS, _SUPPLY = _selector("decimals()"), _selector("totalSupply()")


def call(state: State, token: Token, caller: bytes, data: bytes, *, silent: bool = False) -> Called:
    """Calls the token's contract. `silent`: a transfer writes no event, as a token's contract may do.

    Changes stay in the state also when the caller lacks the energy: it takes them back.
    """
    selector, arguments = data[:4], data[4:]
    if selector == TRANSFER and len(arguments) == 64:
        return _transfer(state, token, caller, arguments, silent=silent)
    if selector == _BALANCE and len(arguments) == 32:
        return _number(state.get((TOKEN, token.address, PREFIX + arguments[12:])))
    if selector == _NAME:
        return _text(token.name)
    if selector == _SYMBOL:
        return _text(token.symbol)
    if selector == _DECIMALS:
        return _number(token.decimals)
    if selector == _SUPPLY:
        return _number(token.supply)
    return Called(REVERT_ENERGY, ok=False)


def _transfer(state: State, token: Token, caller: bytes, arguments: bytes, *, silent: bool) -> Called:
    recipient, minor = arguments[12:32], int.from_bytes(arguments[32:], "big")
    source, target = (TOKEN, token.address, caller), (TOKEN, token.address, PREFIX + recipient)
    if not any(recipient) or state.get(source) < minor:
        return Called(REVERT_ENERGY, ok=False)
    energy = TRANSFER_ENERGY if state.get(target) else FIRST_TRANSFER_ENERGY
    state.add(source, -minor)
    state.add(target, minor)
    topics = (TRANSFERRED, caller[1:].rjust(32, b"\0"), recipient.rjust(32, b"\0"))
    event = Log(token.address[1:], topics, minor.to_bytes(32, "big"))
    return Called(energy, ok=True, returned=(1).to_bytes(32, "big"), logs=() if silent else (event,))


def _number(number: int) -> Called:
    return Called(READ_ENERGY, ok=True, returned=number.to_bytes(32, "big"))


def _text(text: str) -> Called:
    content = text.encode()
    padded = content.ljust(-(-len(content) // 32) * 32, b"\0")
    returned = (32).to_bytes(32, "big") + len(content).to_bytes(32, "big") + padded
    return Called(READ_ENERGY, ok=True, returned=returned)


def _reads(name: str, kind: str, *inputs: str) -> dict[str, Any]:
    return {
        "constant": True,
        "name": name,
        "inputs": [{"name": "who", "type": one} for one in inputs],
        "outputs": [{"type": kind}],
        "type": "Function",
        "stateMutability": "View",
    }


ABI: Final[list[dict[str, Any]]] = [
    _reads("name", "string"),
    _reads("symbol", "string"),
    _reads("decimals", "uint8"),
    _reads("totalSupply", "uint256"),
    _reads("balanceOf", "uint256", "address"),
    {
        "name": "transfer",
        "inputs": [{"name": "_to", "type": "address"}, {"name": "_value", "type": "uint256"}],
        "outputs": [{"type": "bool"}],
        "type": "Function",
        "stateMutability": "Nonpayable",
    },
    {
        "name": "Transfer",
        "inputs": [
            {"indexed": True, "name": "from", "type": "address"},
            {"indexed": True, "name": "to", "type": "address"},
            {"name": "value", "type": "uint256"},
        ],
        "type": "Event",
    },
]
