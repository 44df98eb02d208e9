"""Many full blocks quickly, for measurements of what reads them.

Their transactions exist only as receipts: nobody has signed them, no balance changes, and they cannot be asked for by
id. The receipts are written once and served as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tron.node.chain import Block, Chain
from tron.node.encoding import block_id, header_bytes
from tron.node.genesis import WITNESSES
from tron.node.tokens import TRANSFER_ENERGY, TRANSFERRED, USDT


def fill(chain: Chain, blocks: int, transfers: int, recipients: Sequence[bytes], minor: int) -> None:
    """Adds `blocks` full ones. The `recipients` get a transfer each, evenly over them; all others go to strangers."""
    chain.state.back_to(0)
    chain.pending.clear()
    ours = 0
    for at in range(blocks):
        number = chain.head.number + 1
        until = len(recipients) * (at + 1) // blocks
        wanted = [one[1:] for one in recipients[ours:until]]
        ours = until
        seed = number.to_bytes(32, "big")
        root = hashlib.sha256(seed).digest() if transfers or wanted else bytes(32)
        time_ms = max(chain.head.time_ms + chain.block_ms, chain.now_ms - (blocks - at) * chain.block_ms)
        witness = number % len(WITNESSES)
        header = header_bytes(number, chain.head.id, time_ms, root, WITNESSES[witness].address)
        block = Block(number, block_id(number, header), chain.head.id, time_ms, root, witness)
        block.receipts = _receipts(block, transfers, wanted, minor)
        chain.append(block)


def _receipts(block: Block, transfers: int, wanted: Sequence[bytes], minor: int) -> bytes:
    """As `views.receipts_json` has them, by a template: a block in a millisecond."""
    contract, topic = USDT.address, TRANSFERRED.hex()
    head = f'"fee":{TRANSFER_ENERGY * 100},"blockNumber":{block.number},"blockTimeStamp":{block.time_ms}'
    returned = f'"contractResult":["{1:064x}"],"contract_address":"{contract.hex()}"'
    costs = f'"energy_fee":{TRANSFER_ENERGY * 100},"energy_usage_total":{TRANSFER_ENERGY},"net_usage":345'
    before = f'{head},{returned},"receipt":{{{costs},"result":"SUCCESS"}},"log":[{{"address":"{contract[1:].hex()}"'
    after = f'"data":"{minor:064x}"}}]}}'
    # One digest gives a stranger's address and a sender's; ids need no more than to differ.
    pool = hashlib.shake_128(block.id).hexdigest(20 * (transfers + 1))
    found = []
    for at in range(max(transfers, len(wanted))):
        to = wanted[at].hex() if at < len(wanted) else pool[at * 40 : at * 40 + 40]
        sender = pool[at * 40 + 1 : at * 40 + 41]
        topics = f'"topics":["{topic}","{sender:0>64}","{to:0>64}"]'
        found.append(f'{{"id":"{block.number:032x}{at:032x}",{before},{topics},{after}')
    return f"[{','.join(found)}]".encode()
