-- A deal without an offer is a service deal: its buyer proposes it, and its seller answers.
ALTER TABLE deals
    ALTER COLUMN offer_id DROP NOT NULL,
    ADD COLUMN answer_by timestamptz,
    ADD COLUMN pay_within_s integer,
    ADD COLUMN confirmed_at timestamptz,
    ADD CONSTRAINT ck_deals_service CHECK (
        CASE WHEN offer_id IS NULL THEN answer_by IS NOT NULL AND pay_within_s > 0
             ELSE num_nonnulls(answer_by, pay_within_s, confirmed_at) = 0 END),
    DROP CONSTRAINT ck_deals_final_at,
    ADD CONSTRAINT ck_deals_final_at CHECK (
        (state IN ('cancelled', 'completed', 'denied', 'expired', 'lapsed', 'refunded', 'split'))
        = (final_at IS NOT NULL));

INSERT INTO deal_titles (state, en, ru) VALUES
    ('proposed', 'Waiting for the answer', 'Ожидает ответа'),
    ('denied', 'Denied', 'Отклонена'),
    ('lapsed', 'Not answered in time', 'Не подтверждена в срок');
