"""Blocks, transactions and receipts as java-tron's JSON: zeros left out, addresses in hex or, `visible`, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tron.addresses import PREFIX, address_of
from tron.node.chain import Block, Entry, signature_of
from tron.node.encoding import VERSION
from tron.node.execution import SUCCESS, Outcome
from tron.node.genesis import WITNESSES
from tron.node.tokens import Log
from tron.node.transactions import TRANSFER, TYPE_URL, Transaction

Json = dict[str, Any]


def address(raw: bytes, visible: bool) -> str:
    return address_of(raw) if visible else raw.hex()


def nonzero(found: Json) -> Json:
    """Without zeros and empty values, which protobuf leaves out."""
    return {name: value for name, value in found.items() if value not in (0, "", b"", None)}


def header_json(block: Block, visible: bool) -> Json:
    data = nonzero(
        {
            "number": block.number,
            "txTrieRoot": block.root.hex(),
            "witness_address": address(WITNESSES[block.witness].address, visible),
            "parentHash": block.parent.hex(),
            "version": VERSION,
            "timestamp": block.time_ms,
        }
    )
    return {
        "blockID": block.id.hex(),
        "block_header": {"raw_data": data, "witness_signature": signature_of(block).hex()},
    }


def block_json(block: Block, visible: bool) -> Json:
    found = header_json(block, visible)
    if block.entries:
        found["transactions"] = [entry_json(entry, visible) for entry in block.entries]
    return found


def entry_json(entry: Entry, visible: bool) -> Json:
    return {"ret": [{"contractRet": entry.outcome.result or SUCCESS}], **transaction_json(entry.transaction, visible)}


def transaction_json(transaction: Transaction, visible: bool) -> Json:
    if transaction.kind == TRANSFER:
        value: Json = {
            "amount": transaction.sun,
            "owner_address": address(transaction.owner, visible),
            "to_address": address(transaction.to, visible),
        }
    else:
        value = nonzero(
            {
                "data": transaction.data.hex(),
                "owner_address": address(transaction.owner, visible),
                "contract_address": address(transaction.to, visible),
                "call_value": transaction.sun,
            }
        )
    parameter = {"value": value, "type_url": TYPE_URL + transaction.kind}
    raw_data: Json = {
        "contract": [{"parameter": parameter, "type": transaction.kind}],
        "ref_block_bytes": transaction.ref_bytes.hex(),
        "ref_block_hash": transaction.ref_hash.hex(),
        "expiration": transaction.expiration,
        **nonzero({"fee_limit": transaction.fee_limit, "timestamp": transaction.timestamp}),
    }
    found: Json = {"visible": visible, "txID": transaction.txid.hex()}
    if transaction.signatures:
        found["signature"] = [one.hex() for one in transaction.signatures]
    return {**found, "raw_data": raw_data, "raw_data_hex": transaction.raw.hex()}


def receipts_json(block: Block, visible: bool) -> list[Json]:
    return [info_json(block, entry, visible) for entry in block.entries]


def info_json(block: Block, entry: Entry, visible: bool) -> Json:
    transaction, outcome = entry.transaction, entry.outcome
    found: Json = {
        "id": transaction.txid.hex(),
        **nonzero({"fee": outcome.fee, "blockNumber": block.number}),
        "blockTimeStamp": block.time_ms,
        "contractResult": [outcome.returned.hex()],
    }
    if not transaction.is_transfer:
        found["contract_address"] = address(transaction.to, visible)
    found["receipt"] = _costs(outcome)
    if outcome.logs:
        found["log"] = logs_json(outcome.logs, visible)
    if outcome.failed:
        found |= {"result": "FAILED", "resMessage": outcome.message.encode().hex()}
    return found


def logs_json(logs: Iterable[Log], visible: bool) -> list[Json]:
    return [
        {
            # 20 bytes, but all of an address for people
            "address": address_of(PREFIX + log.address) if visible else log.address.hex(),
            "topics": [topic.hex() for topic in log.topics],
            "data": log.data.hex(),
        }
        for log in logs
    ]


def _costs(outcome: Outcome) -> Json:
    return nonzero(
        {
            "energy_fee": outcome.energy_fee,
            "energy_usage_total": outcome.energy,
            "net_usage": outcome.net_usage,
            "net_fee": outcome.net_fee,
            "result": outcome.result,
        }
    )
