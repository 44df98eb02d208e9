"""The chain: blocks, what waits for one, the clock, and what may still be replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from coincurve import PrivateKey

from tron.node.encoding import block_id, header_bytes, merkle_root
from tron.node.execution import Outcome, carry_out
from tron.node.genesis import FAUCET, WITNESSES, allot, sign_transfer
from tron.node.state import Change, State
from tron.node.tokens import Token
from tron.node.transactions import NotTaken, Transaction, check_signature

MOST_BYTES: Final = 500 * 1024  # of a transaction
MOST_AHEAD_MS: Final = 86_400_000  # of an expiration
_KEPT_CHANGES: Final = 200  # how many blocks can be replaced at most, solidified ones included


class CannotFork(Exception):
    """The blocks are solidified, or there are not so many."""


@dataclass(frozen=True, slots=True)
class Entry:
    transaction: Transaction
    outcome: Outcome


@dataclass(slots=True)
class Block:
    """`root` is the Merkle root of its transactions; `changes` undo it."""

    number: int
    id: bytes
    parent: bytes
    time_ms: int
    root: bytes
    witness: int
    entries: Sequence[Entry] = ()
    changes: list[Change] = field(default_factory=list)
    receipts: bytes | None = None
    """The receipts as they are served, when they are ready."""
    signature: bytes = b""

    @property
    def header(self) -> bytes:
        return header_bytes(self.number, self.parent, self.time_ms, self.root, WITNESSES[self.witness].address)


@dataclass(frozen=True, slots=True)
class Made:
    """A block as the journal keeps it. `silent`: its transfers wrote no events."""

    time_ms: int
    witness: int
    transactions: Sequence[Transaction]
    silent: bool = False


class Chain:
    """`clock_ms` is the machine's clock, which `offset_ms` moves; `solid_after` how many blocks solidify one.

    `made` and `unmade` are called with each new block, and with the number of those that were removed.
    """

    def __init__(self, clock_ms: Callable[[], int], *, solid_after: int = 19, block_ms: int = 3_000) -> None:
        self._clock_ms = clock_ms
        self.offset_ms = 0
        self.solid_after = solid_after
        self.block_ms = block_ms
        self.state = State()
        self.blocks: list[Block] = []
        self.pending: dict[bytes, Transaction] = {}
        self.kept = False
        """Whether a journal keeps the chain."""
        self.made: Callable[[Made], None] = lambda _: None
        self.unmade: Callable[[int], None] = lambda _: None
        self._places: dict[bytes, tuple[int, int]] = {}  # of transactions: block and position
        self._numbers: dict[bytes, int] = {}  # of blocks, by id
        self._recent: dict[bytes, bytes] = {}  # by the last two bytes of a block's number
        self._sent = 0

    # --- reading

    @property
    def now_ms(self) -> int:
        return self._clock_ms() + self.offset_ms

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    @property
    def solid_number(self) -> int:
        return max(0, self.head.number - self.solid_after)

    def block(self, number: int) -> Block | None:
        return self.blocks[number] if 0 <= number < len(self.blocks) else None

    def block_of_id(self, found: bytes) -> Block | None:
        number = self._numbers.get(found)
        return None if number is None else self.blocks[number]

    def find(self, txid: bytes) -> tuple[Block, Entry] | None:
        """A transaction that is in a block."""
        place = self._places.get(txid)
        if place is None:
            return None
        block = self.blocks[place[0]]
        return block, block.entries[place[1]]

    # --- transactions

    def take(self, transaction: Transaction) -> None:
        """Checks a transaction in java-tron's order and has it wait for a block. Raises `NotTaken`."""
        if len(transaction.whole) > MOST_BYTES:
            raise NotTaken("TOO_BIG_TRANSACTION_ERROR", "Transaction size is too big.")
        check_signature(transaction)
        self._check_times(transaction)
        if transaction.txid in self._places or transaction.txid in self.pending:
            raise NotTaken("DUP_TRANSACTION_ERROR", "Dup transaction.")
        carry_out(self.state, transaction, self.head.time_ms)
        self.pending[transaction.txid] = transaction

    def _check_times(self, transaction: Transaction) -> None:
        if self._recent.get(transaction.ref_bytes) != transaction.ref_hash:
            raise NotTaken("TAPOS_ERROR", "Tapos check error.")
        now = self.head.time_ms
        if not now < transaction.expiration <= now + MOST_AHEAD_MS:
            raise NotTaken("TRANSACTION_EXPIRATION_ERROR", "Transaction expired")

    def pay(self, recipient: bytes, amount: int, token: Token | None = None) -> Transaction:
        """A transfer from the faucet's account, of tokens or TRX, that waits for a block. Raises `NotTaken`."""
        self._sent += 1
        salt = self.now_ms * 1_000 + self._sent  # so that two equal payments are two transactions
        # On top of a final block, as wallets do: it outlives a fork.
        reference = self.blocks[self.solid_number].id
        transaction = sign_transfer(FAUCET, reference, self.head.time_ms, salt, recipient, amount, token)
        self.take(transaction)
        return transaction

    # --- blocks

    def begin(self, time_ms: int | None = None) -> None:
        """Makes the first block, an hour ago unless it says when."""
        start = (self.now_ms - 3_600_000 if time_ms is None else time_ms) // self.block_ms * self.block_ms
        allot(self.state, start)
        self._add(Made(start, 0, ()), [])

    def mine(self, count: int = 1, *, silent: bool = False, until_now: bool = False) -> list[Block]:
        """Makes blocks; what waits goes into the first, which has the clock's time or is one interval after the last.

        The others follow at intervals, ahead of the clock. `until_now`: they lead up to it instead, as far as there is
        room behind the last block: for a past that nobody has seen.
        """
        made = []
        back_ms = (count - 1) * self.block_ms if until_now else 0
        first_ms = (self.now_ms - back_ms) // self.block_ms * self.block_ms
        for at in range(count):
            time_ms = max(self.head.time_ms + self.block_ms, first_ms + at * self.block_ms)
            witness = time_ms // self.block_ms % len(WITNESSES)
            made.append(self._make(Made(time_ms, witness, tuple(self.pending.values()), silent)))
        return made

    def replay(self, made: Made) -> None:
        """Makes a block again that the journal has kept."""
        self._make(made)

    def fork(self, depth: int, *, lost: Iterable[bytes] = (), below_solid: bool = False) -> list[Block]:
        """Replaces the newest `depth` blocks by as many others and one more; returns the replaced ones.

        Their transactions are taken again, except the `lost` ones. Raises `CannotFork`.
        """
        most = len(self.blocks) - 1 if below_solid else self.head.number - self.solid_number
        if not 0 < depth <= min(most, _KEPT_CHANGES):
            raise CannotFork
        replaced = self.cut(depth)
        waiting = self.pending
        self.pending = {}
        for block in replaced:
            self.pending |= {entry.transaction.txid: entry.transaction for entry in block.entries}
        self.pending |= waiting
        for txid in lost:
            self.pending.pop(txid, None)
        first_slot = replaced[0].time_ms
        for at in range(depth + 1):
            time_ms = max(self.head.time_ms + self.block_ms, first_slot + at * self.block_ms)
            witness = (time_ms // self.block_ms + 1 + replaced[0].witness) % len(WITNESSES)
            if at < depth and witness == replaced[at].witness:
                witness = (witness + 1) % len(WITNESSES)
            self._make(Made(time_ms, witness, tuple(self.pending.values())))
        return replaced

    def cut(self, depth: int) -> list[Block]:
        """Takes the newest blocks away, oldest first in the answer."""
        self.state.back_to(0)
        removed = [self.blocks.pop() for _ in range(depth)]
        for block in removed:
            self.state.undo(block.changes)
            del self._numbers[block.id], self._recent[block.id[6:8]]
            for entry in block.entries:
                del self._places[entry.transaction.txid]
        self.unmade(depth)
        return removed[::-1]

    def append(self, block: Block) -> None:
        """Adds a block that was made elsewhere, with an id, a parent and receipts of its own."""
        self.blocks.append(block)
        self._numbers[block.id] = block.number
        self._recent[block.id[6:8]] = block.id[8:16]
        for position, entry in enumerate(block.entries):
            self._places[entry.transaction.txid] = (block.number, position)
        if block.number > _KEPT_CHANGES:
            self.blocks[block.number - _KEPT_CHANGES].changes = []

    def _make(self, made: Made) -> Block:
        """Carries out what fits; what no longer does (expired, too little money) is forgotten."""
        self.state.back_to(0)
        entries: list[Entry] = []
        for transaction in made.transactions:
            try:
                self._check_times(transaction)
                outcome = carry_out(self.state, transaction, made.time_ms, silent=made.silent)
            except NotTaken:
                continue
            entries.append(Entry(transaction, outcome))
        self.pending = {}
        return self._add(made, entries)

    def _add(self, made: Made, entries: list[Entry]) -> Block:
        number = len(self.blocks)
        parent = self.head.id if self.blocks else bytes(32)
        root = merkle_root([hashlib.sha256(entry.transaction.whole).digest() for entry in entries])
        header = header_bytes(number, parent, made.time_ms, root, WITNESSES[made.witness].address)
        block = Block(
            number, block_id(number, header), parent, made.time_ms, root, made.witness, entries, self.state.take()
        )
        self.append(block)
        self.made(Made(made.time_ms, made.witness, [entry.transaction for entry in entries], made.silent))
        return block


def signature_of(block: Block) -> bytes:
    """The witness's signature of the header; made when it is first asked for."""
    if not block.signature:
        key = PrivateKey(WITNESSES[block.witness].secret)
        block.signature = key.sign_recoverable(hashlib.sha256(block.header).digest(), hasher=None)
    return block.signature
