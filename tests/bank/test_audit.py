"""The bank's audit names each corruption of what its tables promise, and the database refuses most of them itself."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from bank.client import Operation, credit, payout
from bank.service.audit import audit
from bank.service.audit.checks import CHECKS
from bank.service.audit.refunds import REFUND_CHECKS
from domain.money import Money
from tests.bank.test_audit_refunds import CORRUPTED_REFUNDS
from tests.fixtures.bank import RunningBank, done
from tests.fixtures.complaints import never_heard
from tests.fixtures.saboteur import heard_of
from tests.fixtures.viewer import viewer

AMOUNT = Money(10_000, "RUB")
PHONE = "+79161234567"


async def busy(bank: RunningBank) -> Operation:
    """A bank with operations in every state; the one that was captured and credited in part."""
    payer, payee = bank.parties[0], bank.parties[2]
    await bank.open(payer, payee, AMOUNT)
    await bank.held(payer, payee, AMOUNT)
    taken = await bank.captured(payer, payee, AMOUNT)
    done(await bank.client.send(credit(bank.key(), payee.number, Money(4_000, "RUB"), taken.key, "deal/1")))
    await bank.fund(payee.bank_id, AMOUNT)
    done(await bank.client.send(payout(bank.key(), payee.number, AMOUNT, Money(0, "RUB"), "withdrawal/1")))
    for number in (payer.number, payee.number):
        to_bank = {"payee_account": await bank.fund(payer.bank_id, AMOUNT), "details": "HF-1"}
        await bank.post(f"/accounts/{number}/remittances", {"amount": "1.00", "currency": "RUB"} | to_bank)
    owner = (await bank.get(f"/accounts/{payee.number}"))["owner"]
    assert (
        await bank.admin.put(f"/clients/{owner['id']}/contact", json={"email": payee.email, "phone": PHONE})
    ).is_success
    async with viewer(bank, "viewer") as seeing:
        await seeing.token(payer)
        await seeing.code(payee)
    return taken


async def test_a_clean_bank_has_no_violations_and_every_check_looked_at_something(bank: RunningBank) -> None:
    await busy(bank)
    report = await bank.get("/audit")
    assert report["violations"] == []
    examined = {check["name"]: check["examined"] for check in report["checks"]}
    assert {check.name for check in CHECKS} <= set(examined)
    assert min(examined.values()) > 0


DAY_OLD = (
    "UPDATE codes SET created_at = created_at - interval '1 day', expires_at = expires_at - interval '1 day', "
    "judged_at = judged_at - interval '1 day', used_at = used_at - interval '1 day'"
)
INTO_WEBHOOKS = "INSERT INTO webhooks (bank_id, caller, key, status, created_at, due_at)"
WEBHOOK = f"{INTO_WEBHOOKS} VALUES (1, 'shop', 'k', 'done',"
CORRUPTIONS = [
    ("operations_match_transfers", "UPDATE operations SET amount_minor = amount_minor + 1 WHERE kind = 'credit'"),
    ("operations_match_transfers", "DELETE FROM ledger.transfers WHERE key LIKE 'op-%/fee/capture'"),
    ("transfers_have_operations", "DELETE FROM operations WHERE kind = 'credit'"),
    (
        "transfers_have_operations",
        "UPDATE ledger.transfers SET key = replace(key, '/fee', '/gift') WHERE key LIKE 'op-%/fee'",
    ),
    ("holds_only_in_pause", "UPDATE operations SET status = 'void', voided_at = now() WHERE status = 'pause'"),
    ("debts_agree", "UPDATE operations SET credited_minor = 0 WHERE status = 'success'"),
    ("fees_earned", "UPDATE operations SET fee_minor = fee_minor + 1 WHERE kind = 'debit' AND status = 'success'"),
    ("credits_within_source", "UPDATE operations SET credited_minor = 4001 WHERE credited_minor = 4000"),
    ("payouts_match_transfers", "UPDATE payouts SET amount_minor = amount_minor + 1"),
    ("payouts_match_transfers", "UPDATE payouts SET returned_at = now()"),
    ("payouts_match_transfers", "UPDATE payouts SET fee_minor = 1"),
    ("transfers_have_payouts", "DELETE FROM payouts"),
    (
        "transfers_have_payouts",
        "UPDATE ledger.transfers SET key = replace(key, '/paid', '/given') WHERE key LIKE 'payout/%'",
    ),
    ("remittances_match_transfers", "UPDATE remittances SET amount_minor = amount_minor + 1 WHERE fee_minor = 0"),
    ("remittances_match_transfers", "UPDATE remittances SET amount_minor = amount_minor + 1 WHERE fee_minor > 0"),
    ("remittances_match_transfers", "UPDATE remittances SET fee_minor = 1 WHERE fee_minor = 0"),
    ("remittances_match_transfers", "UPDATE remittances SET returned_at = now()"),
    ("transfers_have_remittances", "DELETE FROM remittances"),
    (
        "transfers_have_remittances",
        "UPDATE ledger.transfers SET key = replace(key, '/passed', '/lost') WHERE key LIKE 'remittance/%'",
    ),
    ("remittances_are_numbered", "UPDATE remittances SET number = number + 100"),
    ("codes_tried_at_most_five", "DELETE FROM code_tries"),
    (
        "codes_used_once_in_time",
        "UPDATE codes SET used_at = NULL, judged_at = NULL, used_try = NULL WHERE used_at IS NOT NULL",
    ),
    (
        "codes_used_once_in_time",
        "UPDATE codes SET created_at = created_at + interval '1 hour' WHERE used_at IS NOT NULL",
    ),
    (
        "codes_used_once_in_time",
        "UPDATE codes SET used_at = NULL, judged_at = NULL, used_try = NULL WHERE access_key IS NOT NULL",
    ),
    ("codes_used_once_in_time", "UPDATE account_accesses SET ended_at = now() WHERE confirmed_at IS NULL"),
    (
        "codes_belong_to_one_subject",
        (
            "UPDATE codes SET operation_key = (SELECT key FROM operations WHERE kind = 'credit') "
            "WHERE id = (SELECT min(id) FROM codes WHERE operation_key IS NOT NULL)"
        ),
    ),
    (
        "codes_belong_to_one_subject",
        "UPDATE codes SET access_key = operation_key, operation_key = NULL WHERE operation_key IS NOT NULL",
    ),
    ("codes_belong_to_one_subject", "UPDATE operations SET held_at = NULL, status = 'created' WHERE status = 'pause'"),
    ("codes_belong_to_one_subject", "UPDATE code_tries SET caller = 'somebody else'"),
    ("tokens_come_from_codes", "DELETE FROM access_tokens"),
    ("tokens_come_from_codes", "UPDATE account_accesses SET confirmed_at = now() WHERE confirmed_at IS NULL"),
    ("tokens_come_from_codes", "UPDATE access_tokens SET created_at = created_at - interval '1 hour'"),
    (
        "tokens_come_from_codes",
        "ALTER TABLE accounts DROP CONSTRAINT accounts_owner; UPDATE accounts SET client_id = NULL",
    ),
    ("wrong_codes_are_counted", "UPDATE codes SET used_try = NULL, used_at = NULL, judged_at = NULL"),
    ("codes_move_with_their_owner", "UPDATE client_moves SET moved_at = now()"),
    ("two_live_keys_per_name", "UPDATE api_keys SET name = 'one and the same'"),
    ("codes_wiped", f"UPDATE code_messages SET sealed = 'x', delivered_at = NULL; {DAY_OLD}"),
    ("accounts_in_ledger", "UPDATE accounts SET closed_at = now() WHERE kind = 'client'"),
    ("accounts_in_ledger", "UPDATE ledger.accounts SET floor_minor = NULL WHERE code LIKE 'account/%'"),
    ("accounts_in_ledger", "UPDATE accounts SET ledger_id = -1 WHERE number = (SELECT min(number) FROM accounts)"),
    (
        "webhooks_end",
        (
            "ALTER TABLE webhooks DROP CONSTRAINT webhooks_one_end; "
            "INSERT INTO webhooks (bank_id, caller, key, status, created_at, due_at, delivered_at, given_up_at) "
            "VALUES (1, 'shop', 'k', 'done', now(), now(), now(), now())"
        ),
    ),
    (
        "webhooks_end",
        f"{WEBHOOK} now() - interval '3 hours', now() - interval '2 hours')",
    ),
    (
        "webhooks_end",
        f"{WEBHOOK} now() - interval '3 days', now() + interval '1 hour')",
    ),
    (
        "balances_equal_entries",
        "UPDATE ledger.accounts SET balance_minor = balance_minor + 1 WHERE code LIKE 'account/%'",
    ),
]


async def test_the_audit_names_each_planted_corruption(bank: RunningBank, saboteur: AsyncEngine) -> None:
    await busy(bank)
    heard = await heard_of(saboteur, CORRUPTIONS)
    assert never_heard([check for check in CHECKS if check not in REFUND_CHECKS], heard) == []
    assert await bank.violations() == []


def test_every_check_of_the_bank_has_a_planted_corruption() -> None:
    of_the_ledger = {check.name for check in ledger.CHECKS}
    planted = {name for name, _ in [*CORRUPTIONS, *CORRUPTED_REFUNDS]}
    assert planted - of_the_ledger == {check.name for check in CHECKS}


async def test_many_violations_of_one_kind_hide_none_of_another_and_all_are_counted(
    bank: RunningBank, saboteur: AsyncEngine
) -> None:
    await busy(bank)
    overdue = "SELECT 1, 'shop', 'k' || n, 'done', now() - interval '3 hours', now() - interval '2 hours'"
    many = f"{INTO_WEBHOOKS} {overdue} FROM generate_series(1, 150) AS n"
    other = f"{WEBHOOK} now() - interval '3 days', now() + interval '1 hour')"
    async with saboteur.connect() as connection:
        for statement in (many, other):
            await connection.exec_driver_sql(statement)
        report = await audit(AsyncSession(bind=connection))
        await connection.rollback()
    first, second, *rest = [one.detail for one in report.violations if one.check == "webhooks_end"]
    assert {"nobody tries it" in first, "nobody tries it" in second} == {True, False}
    assert (len(rest), report.broken["webhooks_end"]) == (98, 151)


async def test_the_database_itself_refuses_the_impossible(bank: RunningBank) -> None:
    await busy(bank)
    impossible = [
        ("operations_credited", "UPDATE operations SET credited_minor = amount_minor + 1 WHERE status = 'success'"),
        ("operations_credited", "UPDATE operations SET credited_minor = 1 WHERE status = 'pause'"),
        ("operations_status", "UPDATE operations SET status = 'done'"),
        ("operations_status", "UPDATE operations SET status = 'success' WHERE status = 'pause'"),
        ("codes_at_most_five_tries", "UPDATE codes SET tries = 6"),
        ("codes_one_subject", "UPDATE codes SET access_key = (SELECT key FROM account_accesses LIMIT 1)"),
        ("codes_used_try", "UPDATE codes SET tries = 5, used_try = 5 WHERE used_at IS NOT NULL"),
        ("account_accesses_one_end", "UPDATE account_accesses SET ended_at = now()"),
        ("code_limits_wrong", "UPDATE code_limits SET wrong = -1"),
        ("codes_used_in_time", "UPDATE codes SET judged_at = expires_at + interval '1 s' WHERE used_at IS NOT NULL"),
        ("code_messages_wiped_at_the_end", "UPDATE code_messages SET sealed = 'x' WHERE delivered_at IS NOT NULL"),
        ("fees_minimum", "UPDATE fees SET minimum_minor = -1"),
    ]
    for constraint, statement in impossible:
        with pytest.raises(IntegrityError, match=constraint):
            async with bank.database.transaction() as session:
                await session.execute(text(statement))


async def test_the_program_cannot_delete_or_rewrite_what_was_said(bank: RunningBank) -> None:
    await busy(bank)
    forbidden = [
        "DELETE FROM operations",
        "DELETE FROM answers",
        "UPDATE answers SET status = 200",
        "DELETE FROM code_tries",
        "UPDATE code_tries SET key = 'x'",
        "UPDATE access_tokens SET expires_at = expires_at + interval '1 hour'",
        "DELETE FROM code_limits",
        "DELETE FROM requests",
        "UPDATE ledger.entries SET amount_minor = 0",
        "DELETE FROM ledger.transfers",
        "CREATE TABLE x (i int)",
        "DROP TABLE operations",
    ]
    for statement in forbidden:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner|refuses"):
            async with bank.database.transaction() as session:
                await session.execute(text(statement))
