"""The bank's own audit, asked for over HTTP: its ledger, its operations, its codes, the debts between its banks."""

from __future__ import annotations

from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from audit.market import LEDGER_INVARIANTS, ledger_sentence
from audit.report import Result, Store, Violation

NAME: Final = "bank_audits_itself"
TIMEOUT_S: Final = 60.0  # it reads all books of all banks

# What the bank proves beside its ledger, by the names of its checks; a check unknown here is shown as it is told.
CHECKS: Final = {
    "operations_match_transfers": (17, "An operation's status is what the bank's ledger says."),
    "transfers_have_operations": (17, "Each transfer of the bank's ledger belongs to an operation or a deposit."),
    "holds_only_in_pause": (13, "An account's holds are those of its paused operations."),
    "debts_agree": (21, "What one bank owes another is the same in the books of both, and what is in flight."),
    "fees_earned": (11, "A bank has earned the fees of its captured operations."),
    "credits_within_source": (12, "What was paid out of an operation does not exceed what it took."),
    "codes_tried_at_most_five": (16, "Each code was tried at most five times, each try counted."),
    "codes_used_once_in_time": (16, "A held operation has exactly one used code, alive when it was entered."),
    "codes_move_with_their_owner": (16, "No live code went to where its owner was reached before he moved."),
    "codes_belong_to_one_subject": (16, "A code confirms one operation or one look at an account, by its own caller."),
    "tokens_come_from_codes": (16, "A look at an account comes from its owner's code, and lasts a day at most."),
    "wrong_codes_are_counted": (16, "The limits on wrong codes say no less than the tries that were wrong."),
    "two_live_keys_per_name": (10, "Whoever has keys has two live ones at most."),
    "callbacks_end": (19, "A callback is delivered or given up, and until then it is tried again."),
    "codes_wiped": (16, "No mail still holds a dead code."),
    "refunds_within_source": (12, "What went back of an operation is what its refunds say, at most what it took."),
    "refunds_have_parts": (12, "A refund undoes one debit, and its parts are all of it."),
    "refunds_match_transfers": (17, "What a refund gave its payee is what the bank's ledger says."),
    "refund_parts_match_transfers": (17, "Each part of a refund was taken as the bank's ledger says."),
    "payouts_match_transfers": (17, "Each payout, and its return, is what the bank's ledger says."),
    "transfers_have_payouts": (17, "Each transfer of a payout belongs to one."),
    "debts_are_owed": (20, "An account owes what the guarantee paid for it, less what was netted since."),
    "receivables_mirror_debts": (20, "What a bank is owed for refunds is what its accounts owe."),
    "banks_balance_alone": (21, "The books of each bank balance on their own."),
    "accounts_in_ledger": (3, "Each account is one of the ledger's, guarded, and empty once closed."),
}


class _Check(BaseModel):
    name: str
    examined: int
    broken: int = 0  # a bank of an older release does not count what it does not list


class _Violation(BaseModel):
    check: str
    detail: str


class _Audit(BaseModel):
    checks: list[_Check]
    violations: list[_Violation]


async def examine(base_url: str, admin_key: str) -> list[Result]:
    """The bank's checks as it reports them; one failed check when it does not."""
    try:
        headers = {"Authorization": f"Bearer {admin_key}"}
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, headers=headers) as client:
            answer = await client.get(base_url.rstrip("/") + "/api/v1/audit")
        if answer.status_code != 200:
            return [_failed(f"it answered HTTP {answer.status_code}")]
        told = _Audit.model_validate_json(answer.content)
    except httpx.HTTPError as error:
        return [_failed(f"it did not answer ({type(error).__name__})")]
    except ValidationError:
        return [_failed("its answer is not understood")]
    if not told.checks or {one.check for one in told.violations} - {check.name for check in told.checks}:
        return [_failed("its answer names no check for what it says")]
    return [_result(check, told.violations) for check in told.checks]


def _failed(why: str) -> Result:
    violation = Violation(NAME, f"the bank was asked for its own audit: {why}")
    return Result(Store.BANK, NAME, None, "The bank proves its own books.", 0, (violation,), 1)


def _result(check: _Check, found: list[_Violation]) -> Result:
    invariant, sentence = CHECKS.get(check.name, (LEDGER_INVARIANTS.get(check.name), ledger_sentence(check.name)))
    name = f"bank.{check.name}"
    violations = tuple(Violation(name, one.detail) for one in found if one.check == check.name)
    broken = max(check.broken, len(violations))
    return Result(Store.BANK, name, invariant, sentence, check.examined, violations, broken)
