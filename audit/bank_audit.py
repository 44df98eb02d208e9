"""The bank's own audit, requested over HTTP: its ledger, operations, codes, and debts between its banks."""

from __future__ import annotations

from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from audit.market import LEDGER_INVARIANTS, ledger_sentence
from audit.report import Result, Store, Violation

NAME: Final = "bank_audits_itself"
# It reads the complete books of all banks, so how long that takes grows with them: a busy bank took over a minute
# for 10,000 operations. Only one that cannot be reached is reported at once.
TIMEOUT: Final = httpx.Timeout(1800.0, connect=10.0)

# The bank's own checks beyond those of its ledger: the number of the invariant (docs/invariants.md) and its sentence.
CHECKS: Final = {
    "operations_match_transfers": (17, "The ledger has the transfers that an operation's status calls for."),
    "transfers_have_operations": (
        17,
        "Each transfer belongs to an operation or remittance, or opens, funds, closes or pays out an account.",
    ),
    "holds_only_in_pause": (13, "An account's holds are those of its operations in the status pause."),
    "debts_agree": (21, "What one bank owes another is the same in the books of both, and equals what is in flight."),
    "fees_earned": (
        11,
        "A bank has earned the fees of its captured operations and remittances, less those it returned.",
    ),
    "credits_within_source": (12, "Credits out of an operation never exceed what it took."),
    "codes_tried_at_most_five": (16, "Each code was tried at most five times, and every try was counted."),
    "codes_used_once_in_time": (16, "What a code confirmed has exactly one used code, entered while it was valid."),
    "codes_move_with_their_owner": (16, "No live code was sent to an address that its owner has changed since."),
    "codes_belong_to_one_subject": (
        16,
        "A code confirms one operation or one account access, for its own caller only.",
    ),
    "tokens_come_from_codes": (16, "An account token comes from its owner's code and lasts a day at most."),
    "wrong_codes_are_counted": (16, "The limits on wrong codes count at least the tries that were wrong."),
    "two_live_keys_per_name": (10, "A name has at most two live API keys."),
    "webhooks_end": (19, "A webhook is delivered or given up, and is retried until then."),
    "codes_wiped": (16, "No stored message still holds an expired code."),
    "refunds_within_source": (12, "What was refunded of an operation is the sum of its refunds, at most what it took."),
    "refunds_have_parts": (12, "A refund undoes one debit, and its parts sum to its amount."),
    "refunds_match_transfers": (17, "The ledger shows what each refund gave to its payee."),
    "refund_parts_match_transfers": (17, "The ledger shows where each part of a refund was taken from."),
    "payouts_match_transfers": (17, "The ledger shows each payout, and its return if there was one."),
    "transfers_have_payouts": (17, "Each transfer of a payout belongs to one."),
    "remittances_match_transfers": (17, "The ledger shows each remittance with its fee, at both banks."),
    "transfers_have_remittances": (17, "Each transfer of a remittance belongs to one."),
    "remittances_are_numbered": (
        19,
        "The remittances to an account are numbered without a gap, in the order of their times.",
    ),
    "debts_are_owed": (20, "An account owes what the guarantee account paid for it, less what was netted since."),
    "receivables_mirror_debts": (20, "What a bank is owed for refunds equals what its accounts owe."),
    "banks_balance_alone": (21, "The books of each bank balance on their own."),
    "accounts_in_ledger": (3, "Each account is in the ledger, guarded at zero, and empty once closed."),
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
    """The bank's checks as it reports them; one failed check when it does not answer."""
    try:
        headers = {"Authorization": f"Bearer {admin_key}"}
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, headers=headers) as client:
            answer = await client.get(base_url.rstrip("/") + "/api/v1/audit")
        if answer.status_code != 200:
            return [_failed(f"it answered HTTP {answer.status_code}")]
        report = _Audit.model_validate_json(answer.content)
    except httpx.HTTPError as error:
        return [_failed(f"it did not answer ({type(error).__name__})")]
    except ValidationError:
        return [_failed("its answer is not understood")]
    if not report.checks or {one.check for one in report.violations} - {check.name for check in report.checks}:
        return [_failed("its answer names no check for what it says")]
    return [_result(check, report.violations) for check in report.checks]


def _failed(why: str) -> Result:
    violation = Violation(NAME, f"the bank was asked for its own audit: {why}")
    return Result(Store.BANK, NAME, None, "The bank proves its own books.", 0, (violation,), 1)


def _result(check: _Check, found: list[_Violation]) -> Result:
    invariant, sentence = CHECKS.get(check.name, (LEDGER_INVARIANTS.get(check.name), ledger_sentence(check.name)))
    name = f"bank.{check.name}"
    violations = tuple(Violation(name, one.detail) for one in found if one.check == check.name)
    broken = max(check.broken, len(violations))
    return Result(Store.BANK, name, invariant, sentence, check.examined, violations, broken)
