"""Corruptions of answers, steps, codes, events and rules."""

from __future__ import annotations

from tests.audit.corruption import corrupt

CORRUPTIONS = (
    # --- answers
    corrupt(
        "an acknowledged payment is gone",
        "DELETE FROM events WHERE subject_id = '{payment: opening}'",
        "DELETE FROM codes WHERE payment_id = '{payment: opening}'",
        "DELETE FROM payments WHERE id = '{payment: opening}'",
        by="answers_name_what_exists",
    ),
    corrupt(
        "the late attempt of a refused code is gone",
        "DELETE FROM code_attempts WHERE state = 'late'",
        by="answers_name_what_exists",
    ),
    corrupt(
        "an acknowledged submission has another time",
        "UPDATE code_attempts SET submitted_at = submitted_at + interval '1 ms' WHERE payment_id = '{payment: held}'",
        by="answers_name_what_exists",
    ),
    corrupt(
        "an acknowledged price is another one",
        "UPDATE deals SET price_minor = price_minor + 1 WHERE id = '{deal: open}'",
        by="answers_name_what_exists deals_are_as_offered",
    ),
    corrupt(
        "an answer names nothing that anybody knows",
        "INSERT INTO idempotency_answers (caller, key, fingerprint, status, body, noun, noun_id) "
        "VALUES ('m', 'k', '', 201, '{}', 'kittens', '1'), ('m', 'l', '', 201, '{}', 'holds', 'x')",
        by="answers_name_what_exists",
    ),
    corrupt(
        "what an answer says of a refund is not what was asked for",
        "UPDATE idempotency_answers SET body = jsonb_set(body, '{amount,amount}', '\"9999.99\"') "
        "WHERE noun = 'refunds'",
        by="answers_name_what_exists",
    ),
    corrupt(
        "a failure of the server was kept as an answer",
        "INSERT INTO idempotency_answers (caller, key, fingerprint, status, body) VALUES ('m', 'k', '', 503, '{}')",
        by="answers_are_decisions",
    ),
    corrupt(
        "a key has two answers",
        "ALTER TABLE idempotency_answers DROP CONSTRAINT idempotency_answers_idempotency_pk",
        "INSERT INTO idempotency_answers SELECT * FROM idempotency_answers LIMIT 1",
        by="answers_are_decisions",
    ),
    corrupt(
        "the application may change answers",
        "GRANT UPDATE (body) ON idempotency_answers TO holdfast_app",
        by="answers_cannot_change",
    ),
    # --- steps
    corrupt(
        "a cancelled payment has no void",
        "DELETE FROM steps WHERE payment_id = '{payment: withdrawn}'",
        by="steps_follow_decisions payment_states_fit",
    ),
    corrupt(
        "a step was numbered anew without a refusal",
        "UPDATE steps SET state = 'done', refused_code = NULL, operation = 'op_x' "
        "WHERE payment_id = '{payment: paid elsewhere}' AND name = 'credit' AND number = 1",
        by="steps_are_numbered books_follow_rows",
    ),
    corrupt(
        "a step has the key of another payment",
        "UPDATE steps SET key = 'payment/{payment: held}/void/1' WHERE payment_id = '{payment: withdrawn}'",
        by="steps_are_keyed",
    ),
    corrupt(
        "a capture was answered with another operation",
        "UPDATE steps SET operation = 'op_x' WHERE payment_id = '{payment: paid, first}' AND name = 'capture'",
        by="steps_are_keyed",
    ),
    corrupt(
        "two payments name one operation",
        "UPDATE payments SET operation = (SELECT operation FROM payments WHERE id = '{payment: held}') "
        "WHERE id = '{payment: awaiting}'",
        by="operations_are_used_once",
    ),
    # --- codes
    corrupt(
        "a fourth code was sent",
        "ALTER TABLE codes DROP CONSTRAINT ck_codes_at_most_three",
        "INSERT INTO codes (payment_id, number, state) "
        "SELECT '{payment: awaiting}', number, 'sent' FROM generate_series(2, 4) AS number",
        by="codes_are_counted",
    ),
    corrupt(
        "a code was tried six times",
        "INSERT INTO code_attempts (payment_id, number, code_number, submitted_at, state, resolved_at) "
        "SELECT '{payment: awaiting}', number, 1, created_at, 'rejected', created_at "
        "FROM payments, generate_series(1, 6) AS number WHERE id = '{payment: awaiting}'",
        by="tries_are_counted",
    ),
    corrupt(
        "a code was tried that was never asked for",
        "UPDATE code_attempts SET code_number = 3 WHERE payment_id = '{payment: held}'",
        by="tries_are_counted",
    ),
    corrupt(
        "an attempt is missing",
        "DELETE FROM code_attempts WHERE payment_id = '{payment: paid, second}' AND number = 1",
        by="attempts_are_numbered answers_name_what_exists",
    ),
    corrupt(
        "a payment took money with two codes",
        "INSERT INTO code_attempts (payment_id, number, code_number, submitted_at, state, resolved_at) "
        "SELECT payment_id, 2, 1, submitted_at, 'held', resolved_at FROM code_attempts "
        "WHERE payment_id = '{payment: held}'",
        by="money_is_taken_by_one_code",
    ),
    corrupt(
        "an attempt that came in time is called late",
        "INSERT INTO code_attempts (payment_id, number, code_number, submitted_at, state, resolved_at) "
        "SELECT id, 1, 1, created_at, 'late', created_at FROM payments WHERE id = '{payment: awaiting}'",
        by="attempts_are_judged_by_time",
    ),
    corrupt(
        "a used code was kept",
        "ALTER TABLE code_attempts DROP CONSTRAINT ck_code_attempts_wiped",
        "UPDATE code_attempts SET sealed_code = 'x' WHERE payment_id = '{payment: held}'",
        by="codes_are_wiped",
    ),
    corrupt(
        "a payment of unknown outcome is given back",
        "UPDATE payments SET decision = 'return', decided_at = clock_timestamp() WHERE id = '{payment: unknown}'",
        "INSERT INTO steps (payment_id, position, name, number, key, amount_minor, state) "
        "SELECT id, 1, 'void', 1, 'payment/' || id || '/void/1', amount_minor + fee_minor, 'planned' FROM payments "
        "WHERE id = '{payment: unknown}'",
        by="unknown_is_not_decided payment_states_fit",
    ),
    # --- money from wallets without a code
    corrupt(
        "a deal that was paid waits for the wallet",
        "UPDATE deals SET waits_on = (SELECT waits_on FROM deals WHERE id = '{deal: waiting}') "
        "WHERE id = '{deal: taken}'",
        by="deal_states_fit",
    ),
    corrupt(
        "a deal that should wait for the wallet does not",
        "UPDATE deals SET waits_on = NULL WHERE id = '{deal: waiting}'",
        by="deal_states_fit",
    ),
    corrupt(
        "a deal waits for the wallet of somebody else",
        "UPDATE deals SET waits_on = (SELECT w.account_id FROM wallets w WHERE w.user_id = deals.seller_id "
        "AND w.currency = deals.currency) WHERE id = '{deal: waiting}'",
        by="deal_states_fit",
    ),
    corrupt(
        "money was taken without the buyer's leave",
        "UPDATE deals SET from_wallet = false WHERE id = '{deal: taken}'",
        by="wallet_codes_are_used_once",
    ),
    corrupt(
        "money was taken before the seller had confirmed",
        "UPDATE payments SET authorised_at = (SELECT confirmed_at - interval '1 ms' FROM deals WHERE id = deal_id) "
        "WHERE id = '{payment: taken}'",
        by="wallet_codes_are_used_once",
    ),
    corrupt(
        "money was taken after the time to pay",
        "UPDATE payments SET authorised_at = (SELECT pay_by + interval '1 ms' FROM deals WHERE id = deal_id) "
        "WHERE id = '{payment: taken}'",
        by="money_is_taken_by_one_code verdicts_follow_submissions",
    ),
    corrupt(
        "money was taken with neither code nor leave",
        "UPDATE payments SET authorised_at = NULL WHERE id = '{payment: taken}'",
        by="money_is_taken_by_one_code wallet_codes_are_used_once verdicts_follow_submissions",
    ),
    # --- contracts
    corrupt(
        "a milestone is missing",
        "UPDATE deals SET contract_id = NULL, milestone = NULL WHERE id = '{deal: contract, 2}'",
        by="contracts_are_whole answers_name_what_exists",
    ),
    corrupt(
        "a milestone has the wrong number",
        "UPDATE deals SET milestone = 3 WHERE id = '{deal: proposed, 2}'",
        by="contracts_are_whole",
    ),
    corrupt(
        "a milestone is not in the currency of its contract",
        "UPDATE contracts SET currency = 'EUR'",
        by="contracts_are_whole answers_name_what_exists",
    ),
    corrupt(
        "a contract has no milestone",
        "INSERT INTO contracts (marketplace_id, buyer_id, seller_id, title, description, currency, milestones,"
        " answer_by) SELECT marketplace_id, buyer_id, seller_id, '', '', currency, 2, answer_by FROM contracts LIMIT 1",
        by="contracts_are_whole",
    ),
    # --- events and rules
    corrupt(
        "an event is missing",
        "DELETE FROM events WHERE subject_id = '{payment: held}' AND type = 'payment.operation_opened'",
        by="events_are_numbered",
    ),
    corrupt(
        "an event is about another deal",
        "UPDATE events SET deal_id = '{deal: paid}' WHERE subject_id = '{deal: open}'",
        by="events_are_numbered",
    ),
    corrupt(
        "a payment was held that was never processed",
        "UPDATE events SET type = 'payment.code_sent' "
        "WHERE subject_id = '{payment: held}' AND type = 'payment.processing'",
        by="moves_are_allowed",
    ),
    corrupt(
        "a state changed without an event",
        "UPDATE deals SET state = 'awaiting_payment' WHERE id = '{deal: open}'",
        by="states_follow_events feeds_say_the_states",
    ),
    corrupt(
        "a deal has another status than was set last",
        "UPDATE deals SET status = 'packed' WHERE id = '{deal: packed}'",
        by="statuses_follow_events",
    ),
    corrupt(
        "an event of a hold is lost from the feed",
        "DELETE FROM feed_events WHERE type = 'hold.captured'",
        by="feeds_say_the_states",
    ),
    corrupt(
        "no event of a hold was ever written",
        "DELETE FROM feed_events WHERE object_id = (SELECT id FROM holds WHERE state = 'voided')",
        by="feeds_say_the_states",
    ),
    corrupt(
        "an event is in the feed of another marketplace",
        "WITH other AS (INSERT INTO marketplaces (name) VALUES ('Other') RETURNING id)"
        " UPDATE feed_events SET marketplace_id = other.id FROM other WHERE type = 'correction.approved'",
        by="feeds_say_the_states",
    ),
    corrupt(
        "a bank account was confirmed and the feed does not say so",
        "DELETE FROM feed_events WHERE type = 'account.confirmed'",
        by="feeds_say_the_states",
    ),
    corrupt(
        "the choice of an account for payouts is lost from the feed",
        "DELETE FROM feed_events WHERE type = 'account.chosen_for_payouts'",
        by="feeds_say_where_payouts_go",
    ),
    corrupt(
        "a webhook endpoint is due a try and nobody tries it",
        "UPDATE webhook_deliveries SET due_at = due_at - interval '1 day'",
        "UPDATE webhook_endpoints SET tried_at = tried_at - interval '1 day'",
        by="webhooks_move_on",
    ),
    corrupt(
        "a feed counts an event that it does not have",
        "UPDATE feeds SET numbered = numbered + 1",
        by="feeds_are_numbered",
    ),
    corrupt(
        "a transfer between wallets has no event",
        "UPDATE feed_events SET created_at = created_at - interval '1 day' WHERE noun IN ('deposit', 'transfer')",
        "DELETE FROM feed_events WHERE id = (SELECT id FROM feed_events WHERE noun = 'transfer' ORDER BY id LIMIT 1)",
        by="feeds_say_the_movements",
    ),
    corrupt(
        "the database allows a completed deal to begin again",
        "INSERT INTO state_transitions VALUES ('deals', 'completed', 'awaiting_payment')",
        by="rules_are_in_force",
    ),
    corrupt(
        "a second decision is no longer refused",
        "ALTER TABLE payments DISABLE TRIGGER payments_decided_once",
        by="rules_are_in_force",
    ),
    corrupt(
        "a deal has another undisputed part than its buyer released",
        "UPDATE deals SET undisputed_minor = undisputed_minor + 1 WHERE id = '{deal: settled}'",
        by="disputes_fit deal_states_fit",
    ),
    corrupt(
        "what was kept of a payment was kept of another amount",
        "UPDATE payments SET undisputed_minor = undisputed_minor + 1 WHERE id = '{payment: settled, payment}'",
        by="deal_states_fit",
    ),
)
