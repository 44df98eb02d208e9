"""Carrying out a transaction: what it costs, what it changes, and its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tron.addresses import address_of
from tron.node.state import MADE, NET, NET_AT, SUN, State
from tron.node.tokens import TOKENS, Called, Log, call
from tron.node.transactions import NotTaken, Transaction

# The chain's parameters, in sun; `getchainparameters` answers them.
ENERGY_SUN: Final = 100
BYTE_SUN: Final = 1_000
NEW_ACCOUNT_BANDWIDTH_SUN: Final = 100_000
NEW_ACCOUNT_SUN: Final = 1_000_000
FREE_BANDWIDTH: Final = 600
MOST_FEE_LIMIT_SUN: Final = 15_000_000_000
_DAY_MS: Final = 86_400_000
_RESULT_BYTES: Final = 64  # what a block keeps of a result, charged in advance

SUCCESS: Final = "SUCCESS"
REVERT: Final = "REVERT"
OUT_OF_ENERGY: Final = "OUT_OF_ENERGY"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The receipt of a transaction in a block. `fee` is all that was burnt; `result` is empty for transfers of TRX."""

    fee: int
    net_usage: int = 0
    net_fee: int = 0
    energy: int = 0
    energy_fee: int = 0
    result: str = ""
    message: str = ""
    returned: bytes = b""
    logs: tuple[Log, ...] = ()

    @property
    def failed(self) -> bool:
        return self.result not in ("", SUCCESS)


def carry_out(state: State, transaction: Transaction, time_ms: int, *, silent: bool = False) -> Outcome:
    """Raises `NotTaken`, having changed nothing, for what no block may contain."""
    mark = state.mark()
    try:
        if not state.has((MADE, transaction.owner)):
            raise _invalid(f"account [{address_of(transaction.owner)}] does not exist")
        makes = transaction.is_transfer and not state.has((MADE, transaction.to))
        usage, net_fee = _bandwidth(state, transaction, time_ms, makes=makes)
        if transaction.is_transfer:
            return _transfer(state, transaction, time_ms, usage, net_fee, makes=makes)
        return _trigger(state, transaction, usage, net_fee, silent=silent)
    except NotTaken:
        state.back_to(mark)
        raise


def free_bandwidth_used(state: State, account: bytes, time_ms: int) -> int:
    """What was used comes back within a day, evenly."""
    passed = min(_DAY_MS, max(0, time_ms - state.get((NET_AT, account))))
    return state.get((NET, account)) * (_DAY_MS - passed) // _DAY_MS


def _bandwidth(state: State, transaction: Transaction, time_ms: int, *, makes: bool) -> tuple[int, int]:
    """Bytes taken from the free ones, and the fee for those that were not."""
    owner, needed = transaction.owner, len(transaction.whole) + _RESULT_BYTES
    used = free_bandwidth_used(state, owner, time_ms)
    if not makes and used + needed <= FREE_BANDWIDTH:
        state.put((NET, owner), used + needed)
        state.put((NET_AT, owner), time_ms)
        return needed, 0
    fee = NEW_ACCOUNT_BANDWIDTH_SUN if makes else needed * BYTE_SUN
    if state.get((SUN, owner)) < fee:
        raise NotTaken("BANDWITH_ERROR", "Account resource insufficient error.")
    state.add((SUN, owner), -fee)
    return 0, fee


def _transfer(
    state: State, transaction: Transaction, time_ms: int, usage: int, net_fee: int, *, makes: bool
) -> Outcome:
    owner, to, sun = transaction.owner, transaction.to, transaction.sun
    fee = NEW_ACCOUNT_SUN if makes else 0
    if sun <= 0:
        raise _invalid("Amount must be greater than 0.")
    if owner == to:
        raise _invalid("Cannot transfer TRX to yourself.")
    if to in TOKENS:
        raise _invalid("Cannot transfer TRX to a smartContract.")
    if state.get((SUN, owner)) < sun + fee:
        raise _invalid("Validate TransferContract error, balance is not sufficient.")
    state.add((SUN, owner), -sun - fee)
    state.add((SUN, to), sun)
    if makes:
        state.put((MADE, to), time_ms)
    return Outcome(fee=fee + net_fee, net_usage=usage, net_fee=net_fee)


def _trigger(state: State, transaction: Transaction, usage: int, net_fee: int, *, silent: bool) -> Outcome:
    owner, token = transaction.owner, TOKENS.get(transaction.to)
    if token is None:
        raise _invalid("No contract or not a smart contract")
    if not 0 <= transaction.fee_limit <= MOST_FEE_LIMIT_SUN:
        raise _invalid(f"feeLimit must be >= 0 and <= {MOST_FEE_LIMIT_SUN}")
    most = min(state.get((SUN, owner)), transaction.fee_limit) // ENERGY_SUN
    mark = state.mark()
    called = call(state, token, owner, transaction.data, silent=silent)
    if transaction.sun:  # the tokens take no TRX
        called = Called(called.energy, ok=False)
    energy, result, message = min(called.energy, most), SUCCESS, ""
    if called.energy > most:
        result, message = (
            OUT_OF_ENERGY,
            f"Not enough energy for 'SSTORE' operation executing: curInvokeEnergyLimit[{most}]",
        )
    elif not called.ok:
        result, message = REVERT, "REVERT opcode executed"
    if result != SUCCESS:
        state.back_to(mark)
        called = Called(energy, ok=False)
    energy_fee = energy * ENERGY_SUN
    state.add((SUN, owner), -energy_fee)
    return Outcome(
        net_fee + energy_fee, usage, net_fee, energy, energy_fee, result, message, called.returned, called.logs
    )


def _invalid(why: str) -> NotTaken:
    return NotTaken("CONTRACT_VALIDATE_ERROR", f"Contract validate error : {why}")
