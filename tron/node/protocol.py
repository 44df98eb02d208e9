"""java-tron's HTTP interface: what each method answers. `wallet/…` sees the newest block, `walletsolidity/…` the newest
solidified one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tron.addresses import address_of
from tron.node.calls import constant_call, create_transfer, energy_estimate, trigger
from tron.node.chain import Block
from tron.node.execution import (
    BYTE_SUN,
    ENERGY_SUN,
    FREE_BANDWIDTH,
    NEW_ACCOUNT_BANDWIDTH_SUN,
    NEW_ACCOUNT_SUN,
    free_bandwidth_used,
)
from tron.node.faults import Eyes
from tron.node.state import MADE, SUN
from tron.node.tokens import ABI, TOKENS
from tron.node.transactions import NotTaken, Transaction, any_address, read_json, read_whole
from tron.node.views import Json, address, block_json, entry_json, header_json, info_json, nonzero, transaction_json

Asked = Mapping[str, Any]
Answers = Callable[[Eyes, Asked, bool], Any]


def is_visible(asked: Asked) -> bool:
    return asked.get("visible") in (True, "true", "True", "1")


def _now_block(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    return block_json(eyes.newest(solid=solid), is_visible(asked))


def _block(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    """By number, by id, or the newest; without its transactions unless `detail`."""
    wanted = str(asked.get("id_or_num", ""))
    if not wanted:
        block: Block | None = eyes.newest(solid=solid)
    elif len(wanted) == 64:
        block = eyes.chain.block_of_id(bytes.fromhex(wanted))
    else:
        block = eyes.chain.block(int(wanted))
    if block is None or not eyes.sees(block, solid=solid):
        return {}
    detailed = asked.get("detail") in (True, "true")
    return (block_json if detailed else header_json)(block, is_visible(asked))


def _block_by_number(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    block = eyes.block(int(asked.get("num", 0)), solid=solid)
    return block_json(block, is_visible(asked)) if block else {}


def _block_by_id(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    block = eyes.chain.block_of_id(bytes.fromhex(asked["value"]))
    return block_json(block, is_visible(asked)) if block and eyes.sees(block, solid=solid) else {}


def _receipts(eyes: Eyes, asked: Asked, solid: bool) -> list[Json]:
    block = eyes.block(int(asked.get("num", 0)), solid=solid)
    return eyes.receipts(block, visible=is_visible(asked)) if block else []


def _info(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    found = eyes.chain.find(bytes.fromhex(asked["value"]))
    if found is None or not eyes.sees(found[0], solid=solid):
        return {}
    return info_json(*found, is_visible(asked))


def _transaction(eyes: Eyes, asked: Asked, solid: bool) -> Json:
    txid = bytes.fromhex(asked["value"])
    found = eyes.chain.find(txid)
    if found is not None:
        return entry_json(found[1], is_visible(asked)) if eyes.sees(found[0], solid=solid) else {}
    waiting = eyes.chain.pending.get(txid)
    return transaction_json(waiting, is_visible(asked)) if waiting and not solid else {}


def _account(eyes: Eyes, asked: Asked, _: bool) -> Json:
    found, state, visible = any_address(asked["address"]), eyes.chain.state, is_visible(asked)
    if not state.has((MADE, found)):
        return {}
    shown = address(found, visible)
    key = {"threshold": 1, "keys": [{"address": shown, "weight": 1}]}
    return {
        "address": shown,
        **nonzero({"balance": state.get((SUN, found))}),
        "create_time": state.get((MADE, found)),
        "owner_permission": {"permission_name": "owner", **key},
        "active_permission": [
            {"type": "Active", "id": 2, "permission_name": "active", **key, "operations": "7fff1fc0033efb0f" + "0" * 48}
        ],
    }


def _resources(eyes: Eyes, asked: Asked, _: bool) -> Json:
    found, state = any_address(asked["address"]), eyes.chain.state
    if not state.has((MADE, found)):
        return {}
    used = free_bandwidth_used(state, found, eyes.chain.head.time_ms)
    return nonzero({"freeNetUsed": used, "freeNetLimit": FREE_BANDWIDTH})


def _sign_weight(eyes: Eyes, asked: Asked, _: bool) -> Json:
    """Whose signature a transaction needs; tronpy asks so for the id of one that it has made."""
    transaction = read_json(asked)
    owner = address_of(transaction.owner)
    return {
        "result": {},
        "permission": {"permission_name": "owner", "threshold": 1, "keys": [{"address": owner, "weight": 1}]}
        | ({} if is_visible(asked) else {"keys": [{"address": transaction.owner.hex(), "weight": 1}]}),
        "transaction": {
            "result": {"result": True},
            "txid": transaction.txid.hex(),
            "transaction": transaction_json(transaction, is_visible(asked)),
        },
    }


def _contract(eyes: Eyes, asked: Asked, _: bool) -> Json:
    token = TOKENS.get(any_address(asked["value"]))
    if token is None:
        return {}
    return {
        "origin_address": address(token.address, is_visible(asked)),
        "contract_address": address(token.address, is_visible(asked)),
        "abi": {"entrys": ABI},
        "name": token.name,
        "consume_user_resource_percent": 100,
    }


def _parameters(eyes: Eyes, asked: Asked, _: bool) -> Json:
    found = {
        "getTransactionFee": BYTE_SUN,
        "getEnergyFee": ENERGY_SUN,
        "getCreateAccountFee": NEW_ACCOUNT_BANDWIDTH_SUN,
        "getCreateNewAccountFeeInSystemContract": NEW_ACCOUNT_SUN,
        "getFreeNetLimit": FREE_BANDWIDTH,
    }
    return {"chainParameter": [{"key": key, "value": value} for key, value in found.items()]}


def _node_info(eyes: Eyes, asked: Asked, _: bool) -> Json:
    head, solid = eyes.head, eyes.solid_head
    return {
        "beginSyncNum": 0,
        "block": f"Num:{head.number},ID:{head.id.hex()}",
        "solidityBlock": f"Num:{solid.number},ID:{solid.id.hex()}",
        "currentConnectCount": 0,
        "activeConnectCount": 0,
    }


def _broadcast(eyes: Eyes, asked: Asked, _: bool) -> Json:
    txid = str(asked.get("txID", ""))
    try:
        transaction = read_json(asked)
        txid = transaction.txid.hex()
        _send(eyes, transaction)
    except NotTaken as refusal:
        return {"code": refusal.code, "txid": txid, "message": refusal.message.encode().hex()}
    return {"result": True, "txid": txid}


def _broadcast_hex(eyes: Eyes, asked: Asked, _: bool) -> Json:
    txid = ""
    try:
        transaction = read_whole(bytes.fromhex(asked["transaction"]))
        txid = transaction.txid.hex()
        _send(eyes, transaction)
    except NotTaken as refusal:
        return {"result": False, "code": refusal.code, "txid": txid, "message": refusal.message}
    return {"result": True, "code": "SUCCESS", "txid": txid, "message": ""}


def _send(eyes: Eyes, transaction: Transaction) -> None:
    if eyes.faults.refuse_broadcasts:
        raise NotTaken(eyes.faults.refuse_broadcasts, "on command")
    if not eyes.faults.drop_broadcasts:
        eyes.chain.take(transaction)


_READS: Final[dict[str, Answers]] = {
    "getnowblock": _now_block,
    "getblock": _block,
    "getblockbynum": _block_by_number,
    "getblockbyid": _block_by_id,
    "gettransactioninfobyblocknum": _receipts,
    "gettransactioninfobyid": _info,
    "gettransactionbyid": _transaction,
    "getaccount": _account,
    "triggerconstantcontract": constant_call,
    "estimateenergy": energy_estimate,
}
METHODS: Final[dict[str, dict[str, Answers]]] = {
    "walletsolidity": _READS,
    "wallet": {
        **_READS,
        "getaccountresource": _resources,
        "getsignweight": _sign_weight,
        "getcontract": _contract,
        "getchainparameters": _parameters,
        "getnodeinfo": _node_info,
        "triggersmartcontract": trigger,
        "createtransaction": create_transfer,
        "broadcasttransaction": _broadcast,
        "broadcasthex": _broadcast_hex,
    },
}
BROADCASTS: Final = frozenset({"broadcasttransaction", "broadcasthex"})
