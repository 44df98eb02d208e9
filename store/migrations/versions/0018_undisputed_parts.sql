-- The part of the price that a buyer has paid out to the seller during a dispute, and the one payment of which it is a
-- part. A clawback says what it is of: the undisputed part or the one credit, the rest, or what was never credited.
ALTER TABLE deals
    ADD COLUMN undisputed_minor bigint,
    ADD CONSTRAINT ck_deals_undisputed CHECK (undisputed_minor BETWEEN 1 AND price_minor - 1),
    DROP CONSTRAINT ck_deals_split,
    ADD CONSTRAINT ck_deals_split CHECK (
        split_minor IS NULL
        OR split_minor BETWEEN 1 AND price_minor - coalesce(undisputed_minor, 1) AND released_at IS NOT NULL);
ALTER TABLE payments
    ADD COLUMN undisputed_minor bigint,
    ADD COLUMN kept_minor bigint,
    ADD CONSTRAINT ck_payments_kept CHECK (
        kept_minor IS NULL OR kept_minor BETWEEN 1 AND amount_minor - undisputed_minor),
    ADD CONSTRAINT ck_payments_undisputed CHECK (
        undisputed_minor IS NULL
        OR undisputed_minor BETWEEN 1 AND amount_minor - 1 AND before_minor IS NOT NULL);
ALTER TABLE steps ADD COLUMN taken text;
UPDATE steps SET taken = 'credit' WHERE refund_id IS NOT NULL;
ALTER TABLE steps
    ADD CONSTRAINT ck_steps_taken CHECK (
        (taken IS NULL) = (refund_id IS NULL) AND taken IN ('credit', 'rest', 'kept')),
    DROP CONSTRAINT ck_steps_clawed_back,
    ADD CONSTRAINT ck_steps_clawed_back CHECK (  -- what was kept comes from nobody: it is on the deal's account
        num_nonnulls(fee_minor, from_owed_minor, from_payee_minor, from_guarantee_minor, from_commission_minor)
            = CASE WHEN refund_id IS NOT NULL AND state = 'done' THEN 5 ELSE 0 END
        AND (from_owed_minor IS NULL
             OR fee_minor >= 0
                AND least(from_owed_minor, from_payee_minor, from_guarantee_minor, from_commission_minor) >= 0
                AND from_owed_minor + from_payee_minor + from_guarantee_minor + from_commission_minor
                    = CASE taken WHEN 'kept' THEN 0 ELSE amount_minor END));
ALTER TABLE dispute_entries
    ADD COLUMN undisputed_minor bigint,
    DROP CONSTRAINT ck_dispute_entries_kind,
    ADD CONSTRAINT ck_dispute_entries_kind CHECK (CASE kind
        WHEN 'statement' THEN said IS NOT NULL AND num_nonnulls(link, back_minor, about, undisputed_minor) = 0
        WHEN 'evidence' THEN said IS NOT NULL AND num_nonnulls(back_minor, about, undisputed_minor) = 0
        WHEN 'offer' THEN back_minor > 0 AND num_nonnulls(link, about, undisputed_minor) = 0
        WHEN 'offer_withdrawn' THEN about > 0 AND num_nonnulls(said, link, back_minor, undisputed_minor) = 0
        WHEN 'offer_accepted' THEN about > 0 AND back_minor > 0 AND num_nonnulls(said, link, undisputed_minor) = 0
        WHEN 'part_released' THEN undisputed_minor > 0 AND num_nonnulls(link, back_minor, about) = 0
        ELSE false END);
