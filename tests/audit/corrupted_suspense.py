"""Corruptions of money in suspense."""

from __future__ import annotations

from tests.audit.corruption import corrupt

CORRUPTIONS = (
    corrupt(
        "money in suspense has an owner that nobody has named",
        "UPDATE incoming_transfers SET state = 'credited', wallet_id = (SELECT min(id::text)::uuid FROM wallets) "
        "WHERE amount_minor = 7006",
        by="suspense_is_what_is_unmatched incoming_transfers_follow_rows",
    ),
    corrupt(
        "a resolution that was rejected has taken the money out of suspense",
        "UPDATE resolutions SET state = 'rejected' WHERE state = 'assigned'",
        by="resolutions_follow_rows incoming_transfers_are_resolved_once",
    ),
    corrupt(
        "what the bank has returned is booked with another amount",
        "UPDATE ledger.transfers SET amount_minor = amount_minor + 1 WHERE key = "
        "(SELECT 'resolution/' || id FROM resolutions WHERE state = 'returned')",
        by="resolutions_follow_rows suspense_is_what_is_unmatched entries_follow_transfers",
    ),
    corrupt(
        "what was assigned to one wallet says that it is in another",
        "UPDATE incoming_transfers SET wallet_id = (SELECT max(id::text)::uuid FROM wallets) WHERE state = 'assigned'",
        by="incoming_transfers_are_resolved_once",
    ),
    corrupt(
        "what two people have dismissed is held back again",
        "UPDATE incoming_transfers SET state = 'held_back' WHERE state = 'dismissed'",
        by="incoming_transfers_are_resolved_once",
    ),
    corrupt(
        "a resolution was approved by the operator who asked for it",
        "ALTER TABLE resolutions DROP CONSTRAINT ck_resolutions_two_people",
        "UPDATE resolutions SET decided_by = requested_by WHERE state = 'assigned'",
        by="resolutions_need_two_people",
    ),
)
