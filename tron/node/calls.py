"""Calls of contracts that change nothing, and transactions that the node makes for its callers to sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tronpy.keys import keccak256

from tron.node.chain import Block
from tron.node.execution import MOST_FEE_LIMIT_SUN
from tron.node.faults import Eyes
from tron.node.state import MADE, SUN
from tron.node.tokens import TOKENS, Called, call
from tron.node.transactions import TRANSFER, TRIGGER, TYPE_URL, Transaction, any_address, read_json
from tron.node.views import Json, logs_json, transaction_json

_LIVES_MS: Final = 60_000

Asked = Mapping[str, Any]


def constant_call(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    """What a call returns and the energy that it takes; nothing is kept."""
    transaction = _made(eyes, TRIGGER, _call_value(asked))
    called = _called(eyes, transaction)
    if called is None:
        return {"result": _no_contract()}
    result: Json = {"result": True}
    ret: Json = {}
    if not called.ok:
        result["message"] = b"REVERT opcode executed".hex()
        ret = {"ret": "FAILED"}
    found: Json = {"result": result, "energy_used": called.energy, "constant_result": [called.returned.hex()]}
    if called.logs:
        found["logs"] = logs_json(called.logs, False)
    return {**found, "transaction": {"ret": [ret], **transaction_json(transaction, asked.get("visible") is True)}}


def energy_estimate(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    called = _called(eyes, _made(eyes, TRIGGER, _call_value(asked)))
    if called is None:
        return {"result": _no_contract()}
    if not called.ok:
        return {"result": {"code": "CONTRACT_EXE_ERROR", "message": b"REVERT opcode executed".hex()}}
    return {"result": {"result": True}, "energy_required": called.energy}


def trigger(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    """An unsigned transaction that calls a contract."""
    if any_address(asked["contract_address"]) not in TOKENS:
        return {"result": _no_contract()}
    fee_limit = int(asked.get("fee_limit", 0))
    if not 0 <= fee_limit <= MOST_FEE_LIMIT_SUN:
        return {"result": {"code": "CONTRACT_VALIDATE_ERROR", "message": b"feeLimit is out of bounds".hex()}}
    transaction = _made(eyes, TRIGGER, _call_value(asked), fee_limit=fee_limit)
    return {"result": {"result": True}, "transaction": transaction_json(transaction, asked.get("visible") is True)}


def create_transfer(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    """An unsigned transfer of TRX."""
    value = {
        "owner_address": asked["owner_address"],
        "to_address": asked["to_address"],
        "amount": int(asked.get("amount", 0)),
    }
    state, owner = eyes.chain.state, any_address(asked["owner_address"])
    why = None
    if not state.has((MADE, owner)):
        why = "Validate TransferContract error, no OwnerAccount."
    elif state.get((SUN, owner)) < value["amount"]:
        why = "Validate TransferContract error, balance is not sufficient."
    elif value["amount"] <= 0:
        why = "Amount must be greater than 0."
    if why:
        return {"Error": f"class org.tron.core.exception.ContractValidateException : {why}"}
    return transaction_json(_made(eyes, TRANSFER, value), asked.get("visible") is True)


def _call_value(asked: Asked) -> Json:
    selector = str(asked.get("function_selector") or "")
    data = str(asked.get("data") or "")
    if selector:
        data = keccak256(selector.encode())[:4].hex() + str(asked.get("parameter") or "")
    return {
        "owner_address": asked["owner_address"],
        "contract_address": asked["contract_address"],
        "data": data,
        "call_value": int(asked.get("call_value") or 0),
    }


def _called(eyes: Eyes, transaction: Transaction) -> Called | None:
    token = TOKENS.get(transaction.to)
    if token is None:
        return None
    state = eyes.chain.state
    mark = state.mark()
    called = call(state, token, transaction.owner, transaction.data)
    state.back_to(mark)
    return called


def _made(eyes: Eyes, kind: str, value: Json, *, fee_limit: int = 0) -> Transaction:
    """On top of the newest final block, so that it outlives a fork; it lives for a minute."""
    reference: Block = eyes.solid_head
    contract = {"type": kind, "parameter": {"type_url": TYPE_URL + kind, "value": value}}
    return read_json(
        {
            "raw_data": {
                "contract": [contract],
                "ref_block_bytes": reference.id[6:8].hex(),
                "ref_block_hash": reference.id[8:16].hex(),
                "expiration": eyes.head.time_ms + _LIVES_MS,
                "timestamp": eyes.chain.now_ms,
                "fee_limit": fee_limit,
            }
        }
    )


def _no_contract() -> Json:
    return {
        "code": "CONTRACT_VALIDATE_ERROR",
        "message": b"Contract validate error : No contract or not a valid smart contract".hex(),
    }
