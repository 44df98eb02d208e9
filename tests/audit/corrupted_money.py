"""Corruptions of payments, books, deals and offers."""

from __future__ import annotations

from tests.audit.corruption import corrupt

CORRUPTIONS = (
    # --- wallets
    corrupt(
        "a code of the platform was used after it had expired",
        "UPDATE confirmation_codes SET expires_at = created_at - interval '1 hour', "
        "used_at = created_at - interval '1 hour' WHERE subject LIKE 'payment/%' AND used_at IS NOT NULL",
        by="wallet_codes_are_used_once",
    ),
    corrupt(
        "what a seller owes the platform is forgotten",
        "UPDATE ledger.accounts SET balance_minor = 0 WHERE code LIKE 'guarantee/wallet/%'",
        by="wallet_debts_follow_rows balances_equal_entries currencies_sum_to_zero",
    ),
    corrupt(
        "a hold that was captured says that it was freed",
        "UPDATE holds SET state = 'voided', captured_minor = NULL WHERE state = 'captured'",
        by="holds_follow_rows feeds_say_the_states",
    ),
    corrupt(
        "a request that its payer declined says that he paid",
        "UPDATE payment_requests SET state = 'confirmed', operation_id = 1 WHERE state = 'declined'",
        by="payment_requests_follow_rows feeds_say_the_states",
    ),
    corrupt(
        "a request that expired has its transfer",
        "UPDATE payment_requests SET state = 'expired', operation_id = NULL WHERE state = 'confirmed'",
        by="payment_requests_follow_rows feeds_say_the_states",
    ),
    corrupt(
        "a withdrawal that the bank has refused says that it was paid",
        "UPDATE withdrawals SET state = 'paid', final_at = NULL, refused_code = NULL, operation = 'op', "
        "paid_at = confirmed_at WHERE state = 'refused'",
        by="withdrawals_follow_rows feeds_say_the_states",
    ),
    corrupt(
        "what the bank has sent back is booked back with another amount",
        "UPDATE ledger.transfers SET amount_minor = amount_minor + 1 WHERE key ~ '^withdrawal/.*/return$'",
        by="withdrawals_follow_rows entries_follow_transfers",
    ),
    corrupt(
        "the bank was asked for a withdrawal that no code confirmed",
        "UPDATE confirmation_codes SET used_at = NULL, used_by = NULL WHERE subject = "
        "(SELECT 'withdrawal/' || id FROM withdrawals WHERE state = 'paid')",
        by="withdrawals_are_confirmed_by_a_code",
    ),
    corrupt(
        "a withdrawal that is cancelled still holds money in the wallet",
        "UPDATE withdrawals SET state = 'awaiting_code', final_at = NULL WHERE state = 'cancelled'",
        by="wallets_hold_what_is_open withdrawals_follow_rows feeds_say_the_states",
    ),
    # --- payments and their money
    corrupt(
        "the seller got less than the amount without commission",
        "UPDATE steps SET amount_minor = amount_minor - 1 WHERE payment_id = '{payment: paid, first}' "
        "AND name = 'credit'",
        by="payments_add_up payments_agree_with_ledger books_follow_rows deals_add_up commission_is_on_the_price "
        "steps_follow_decisions",
    ),
    corrupt(
        "a payment says that nothing was taken, the ledger holds it",
        "UPDATE payments SET taken = false WHERE id = '{payment: held}'",
        by="payments_agree_with_ledger books_follow_rows deal_accounts_follow_rows deals_add_up payment_states_fit "
        "money_is_taken_by_one_code",
    ),
    corrupt(
        "more is given back than was taken",
        "UPDATE steps SET amount_minor = amount_minor + 1 WHERE payment_id = '{payment: given back}'",
        by="refunds_within_taken steps_follow_decisions",
    ),
    corrupt(
        "a captured payment is to be given back too",
        "INSERT INTO steps (payment_id, position, name, number, key, amount_minor, state) VALUES "
        "('{payment: paid, first}', 4, 'void', 1, 'payment/{payment: paid, first}/void/1', 1, 'planned')",
        by="refunds_within_taken payment_states_fit steps_follow_decisions",
    ),
    corrupt(
        "an expired payment was ended for another reason",
        "UPDATE payments SET end_reason = 'refused' WHERE id = '{payment: never confirmed}'",
        by="payment_states_fit",
    ),
    corrupt(
        "a final payment has a planned step",
        "UPDATE steps SET state = 'planned', resolved_at = NULL, operation = NULL "
        "WHERE payment_id = '{payment: paid, second}' AND name = 'commission'",
        by="payment_states_fit payments_agree_with_ledger books_follow_rows deal_accounts_follow_rows deals_add_up",
    ),
    corrupt(
        "a payment comes from an account of somebody else",
        "UPDATE payments SET payer_account = '001f00000000f' WHERE id = '{payment: opening}'",
        by="payments_fit_their_deal",
    ),
    # --- books
    corrupt(
        "a transfer has a key that no step asks for",
        "UPDATE ledger.transfers SET key = 'payment/{payment: held}/ledger/gift' "
        "WHERE key = 'payment/{payment: held}/ledger/hold'",
        by="books_follow_rows",
    ),
    corrupt(
        "a commission was booked from another deal's account",
        "UPDATE ledger.transfers SET debit_account = (SELECT id FROM ledger.accounts WHERE code = 'deal/{deal: open}') "
        "WHERE key = 'payment/{payment: paid, first}/ledger/commission/1'",
        by="books_follow_rows entries_follow_transfers",
    ),
    corrupt(
        "a deal's account holds what no payment brought",
        "UPDATE ledger.accounts SET balance_minor = balance_minor + 5 WHERE code = 'deal/{deal: open}'",
        by="deal_accounts_follow_rows currencies_sum_to_zero balances_equal_entries",
    ),
    corrupt(
        "a final deal has money left on its account",
        "UPDATE ledger.accounts SET balance_minor = balance_minor + 5 WHERE code = 'deal/{deal: paid}'",
        by="final_deals_are_settled deal_accounts_follow_rows currencies_sum_to_zero balances_equal_entries",
    ),
    corrupt(
        "the books owe a seller what was paid",
        "UPDATE ledger.accounts SET balance_minor = balance_minor + 5 WHERE code LIKE 'seller/%/payable/RUB'",
        by="payable_accounts_follow_rows currencies_sum_to_zero balances_equal_entries",
    ),
    corrupt(
        "a held payment is called refunded",
        "UPDATE payments SET state = 'refunded', final_at = clock_timestamp() WHERE id = '{payment: held}'",
        by="final_payments_hold_nothing payment_states_fit states_follow_events feeds_say_the_states",
    ),
    # --- deals
    corrupt(
        "a deal is funded by a code that came too late",
        "UPDATE code_attempts a SET submitted_at = d.pay_by + interval '1 us' FROM deals d "
        "WHERE d.id = '{deal: paid}' AND a.payment_id = '{payment: paid, second}' AND a.state = 'held'",
        by="verdicts_follow_submissions money_is_taken_by_one_code attempts_are_judged_by_time "
        "answers_name_what_exists",
    ),
    corrupt(
        "a deal paid in full is called not funded",
        "UPDATE deals SET verdict = 'not_funded' WHERE id = '{deal: paid}'",
        by="verdicts_follow_submissions decisions_follow_verdicts deal_states_fit",
    ),
    corrupt(
        "a deal has a verdict while a bank owes an answer",
        "UPDATE deals SET verdict = 'not_funded', verdict_at = clock_timestamp() WHERE id = '{deal: settling}'",
        by="verdicts_follow_submissions",
    ),
    corrupt(
        "money of an open deal is released",
        "UPDATE payments SET decision = 'release', before_minor = 0, decided_at = clock_timestamp() "
        "WHERE id = '{payment: held}'",
        by="decisions_follow_verdicts payment_states_fit steps_follow_decisions",
    ),
    corrupt(
        "a deal that expired was closed by somebody",
        "UPDATE deals SET closed_reason = 'cancelled' WHERE id = '{deal: underpaid}'",
        by="deal_states_fit decisions_follow_verdicts",
    ),
    corrupt(
        "a final deal has a payment that is held",
        "UPDATE payments SET deal_id = '{deal: cancelled}' WHERE id = '{payment: awaiting}'",
        by="final_deals_are_settled answers_name_what_exists events_are_numbered",
    ),
    corrupt(
        "an expired deal has kept a payment",
        "UPDATE steps SET state = 'planned', resolved_at = NULL WHERE payment_id = '{payment: given back}'",
        by="deals_add_up payments_agree_with_ledger books_follow_rows payment_states_fit deal_accounts_follow_rows",
    ),
    corrupt(
        "payments reserve more than the price",
        "UPDATE payments SET amount_minor = 60000 WHERE id = '{payment: opening}'",
        by="deals_within_price answers_name_what_exists",
    ),
    corrupt(
        "the commission is another one than was agreed",
        "UPDATE deals SET commission_bp = 749 WHERE id = '{deal: paid}'",
        by="commission_is_on_the_price",
    ),
    corrupt(
        "nobody closes a deal whose time is over",
        "INSERT INTO test_clock VALUES ('{deal: open}', '1 hour')",
        by="deals_move_on",
    ),
    corrupt(
        "a deal is not ended although all its payments are",
        "UPDATE deals SET state = 'settling', final_at = NULL WHERE id = '{deal: underpaid}'",
        by="deals_move_on states_follow_events units_are_sold_once feeds_say_the_states",
    ),
    # --- refunds and agreements
    corrupt(
        "a refund takes back more than was asked for",
        "UPDATE refunds SET amount_minor = amount_minor - 1 WHERE id = '{refund: refused once}'",
        by="refunds_add_up answers_name_what_exists",
    ),
    corrupt(
        "the books of an ended deal were not closed again after a refund",
        "UPDATE refunds SET compared_at = NULL WHERE id = '{refund: taken back}'",
        by="refunds_were_compared",
    ),
    corrupt(
        "a refund returns a fee that the terms leave with the payer",
        "UPDATE refunds SET fee = 'returned' WHERE id = '{refund: refused once}'",
        by="refunds_add_up",
    ),
    corrupt(
        "of a refund the operator gives too little of his commission",
        "UPDATE steps SET commission_minor = commission_minor - 1, from_commission_minor = from_commission_minor - 1, "
        "from_payee_minor = from_payee_minor + 1 WHERE refund_id = '{refund: by guarantee}'",
        by="commission_kept_is_exact payments_agree_with_ledger books_follow_rows",
    ),
    corrupt(
        "the seller's debt to the guarantee is forgotten",
        "UPDATE steps SET from_payee_minor = amount_minor - commission_minor, from_guarantee_minor = 0 "
        "WHERE refund_id = '{refund: by guarantee}'",
        by="books_follow_rows payments_agree_with_ledger deals_add_up",
    ),
    corrupt(
        "both parties agreed to cancel a deal that goes on",
        "UPDATE agreements SET state = 'agreed', resolved_at = clock_timestamp() "
        "WHERE deal_id = '{deal: extended}' AND subject = 'cancellation'",
        by="agreements_took_effect",
    ),
    corrupt(
        "more time was agreed on than the deal has",
        "UPDATE deals SET pay_by = pay_by - interval '1 second' WHERE id = '{deal: extended}'",
        by="agreements_took_effect answers_name_what_exists",
    ),
    corrupt(
        "the seller is not paid though the time to inspect is over",
        "INSERT INTO test_clock VALUES ('{deal: inspecting}', '2 hours')",
        by="deals_move_on",
    ),
    corrupt(
        "an open dispute is about a deal that goes on",
        "UPDATE disputes SET state = 'withdrawn', ended_at = clock_timestamp() WHERE deal_id = '{deal: disputed}'",
        by="disputes_fit deal_states_fit feeds_say_the_states",
    ),
    corrupt(
        "a dispute was settled otherwise than its deal was split",
        "UPDATE disputes SET back_minor = back_minor + 1 WHERE deal_id = '{deal: settled}'",
        by="disputes_fit dispute_entries_fit",
    ),
    corrupt(
        "a statement in a dispute is gone",
        "DELETE FROM dispute_entries e USING disputes i WHERE i.id = e.dispute_id AND e.kind = 'statement' "
        "AND i.deal_id = '{deal: disputed}'",
        by="dispute_entries_fit",
    ),
    corrupt(
        "an offer in a dispute exceeds the price",
        "UPDATE dispute_entries e SET back_minor = 9001 FROM disputes i WHERE i.id = e.dispute_id "
        "AND e.kind = 'offer' AND i.deal_id = '{deal: disputed}'",
        by="dispute_entries_fit",
    ),
    corrupt(
        "a deal that was undone has paid the seller",
        "UPDATE deals SET released_at = clock_timestamp() WHERE id = '{deal: undone}'",
        by="deal_states_fit commission_is_on_the_price",
    ),
    corrupt(
        "what was taken back is with the seller again",
        "UPDATE steps SET state = 'planned', resolved_at = NULL, operation = NULL, fee_minor = NULL, "
        "from_owed_minor = NULL, from_payee_minor = NULL, from_guarantee_minor = NULL, from_commission_minor = NULL "
        "WHERE refund_id = '{refund: taken back}' AND name = 'refund' AND payment_id = '{payment: got}'",
        by="refunds_add_up payments_agree_with_ledger books_follow_rows deals_add_up",
    ),
    # --- corrections
    corrupt(
        "a correction that was rejected is booked",
        "UPDATE corrections SET state = 'rejected', operation_id = NULL WHERE state = 'approved' AND way = 'in'",
        by="corrections_follow_rows",
    ),
    corrupt(
        "a correction took more than was asked for",
        "UPDATE corrections SET amount_minor = amount_minor - 1 WHERE state = 'approved' AND way = 'out'",
        by="corrections_follow_rows",
    ),
    corrupt(
        "a correction was approved by the operator who asked for it",
        "ALTER TABLE corrections DROP CONSTRAINT ck_corrections_two_people",
        "UPDATE corrections SET decided_by = requested_by WHERE state = 'approved' AND way = 'in'",
        by="corrections_need_two_people",
    ),
    # --- offers
    corrupt(
        "a unit was sold that is still on offer",
        "UPDATE offers SET quantity = quantity + 1 FROM deals d WHERE offers.id = d.offer_id AND d.id = '{deal: open}'",
        by="units_are_sold_once",
    ),
    corrupt(
        "a deal pays out to another bank than its account's",
        "UPDATE deals SET payee_bank = 3 WHERE id = '{deal: open}'",
        by="deals_are_as_offered",
    ),
)
