"""Corruptions of money in by gateways: incoming transfers, top-ups and addresses."""

from __future__ import annotations

from tests.audit.corruption import corrupt

CORRUPTIONS = (
    corrupt(
        "no block of the chain was booked for an hour",
        "UPDATE chain_cursors SET moved_at = clock_timestamp() - interval '1 hour' WHERE network = 'tron'",
        by="the_chain_is_read",
    ),
    corrupt(
        "an incoming transfer is held back for an hour",
        "UPDATE incoming_transfers SET seen_at = clock_timestamp() - interval '1 hour' WHERE state = 'held_back'",
        by="held_back_money_is_confirmed",
    ),
    corrupt(
        "an incoming transfer is credited with another amount than arrived",
        "UPDATE incoming_transfers SET amount_minor = amount_minor - 1 WHERE external_id = 'credited'",
        by="incoming_transfers_follow_rows top_ups_sum_up addresses_have_what_came chain_money_is_somewhere",
    ),
    corrupt(
        "an incoming transfer that is credited is forgotten",
        "DELETE FROM incoming_transfers WHERE external_id = 'nobody''s'",
        by="incoming_transfers_follow_rows addresses_have_what_came chain_money_is_somewhere "
        "suspense_is_what_is_unmatched",
    ),
    corrupt(
        "an incoming transfer is said to be credited and was never booked",
        "UPDATE incoming_transfers SET state = 'credited' WHERE external_id = 'held back'",
        by="incoming_transfers_follow_rows top_ups_sum_up chain_money_is_somewhere",
    ),
    corrupt(
        "money that came late is said to have come in time",
        "UPDATE top_ups SET received_minor = received_minor + late_minor, late_minor = 0 WHERE state = 'late'",
        by="top_ups_sum_up top_ups_have_their_states",
    ),
    corrupt(
        "a top-up that got its money is said to have expired",
        "UPDATE top_ups SET state = 'expired' WHERE state = 'credited'",
        by="top_ups_have_their_states top_ups_end_after_reading feeds_say_the_states",
    ),
    corrupt(
        "a top-up has expired before its gateway was read so far",
        "UPDATE top_ups SET pay_by = pay_by + interval '9 hours', final_at = final_at + interval '20 hours' "
        "WHERE state = 'expired'",
        by="top_ups_end_after_reading",
    ),
    corrupt(
        "an address is said to have more than came to it",
        "UPDATE chain_addresses SET balance_minor = balance_minor + 1 WHERE balance_minor = 7000000",
        by="addresses_have_what_came chain_money_is_somewhere",
    ),
    corrupt(
        "money is credited to another top-up than that of its address",
        "UPDATE incoming_transfers SET top_up_id = (SELECT id FROM top_ups WHERE state = 'expired') "
        "WHERE external_id = 'held back'",
        by="addresses_belong_to_one_top_up",
    ),
)
