-- A notice is written in the transaction of its event (decision 35), for the events that people get mails about.
CREATE OR REPLACE FUNCTION have_event_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A dispute that is retracted or decided funds its deal once more, which is no news.
    IF NEW.type = 'deal.funded' AND EXISTS (
        SELECT FROM events e WHERE e.subject_id = NEW.subject_id AND e.number < NEW.number AND e.type = NEW.type
    ) THEN
        RETURN NULL;
    END IF;
    -- That the whole price is paid is the deal's to say; released money goes back by a refund, which is mailed itself.
    IF NEW.type IN ('payment.held', 'payment.refunded') AND EXISTS (
        SELECT FROM payments p JOIN deals d ON d.id = p.deal_id
        WHERE p.id = NEW.payment_id
          AND CASE NEW.type WHEN 'payment.held' THEN p.amount_minor = d.price_minor
                            ELSE p.decision IS DISTINCT FROM 'return' END
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO notices (event_id, kind, key)
    VALUES (NEW.id, NEW.type, format('event/%s/%s', NEW.subject_id, NEW.number));
    RETURN NULL;
END
$$;

-- Only the first event of a deal reports that it began.
CREATE OR REPLACE TRIGGER events_told AFTER INSERT ON events
    FOR EACH ROW WHEN (
        NEW.type IN (
            'deal.proposed', 'deal.confirmed', 'deal.denied', 'deal.lapsed', 'deal.funded', 'deal.completed', 'deal.split', 'deal.expired', 'deal.cancelled', 'deal.extended',
            'deal.extension_proposed', 'deal.extension_withdrawn', 'deal.cancellation_proposed',
            'deal.cancellation_withdrawn', 'deal.overridden', 'deal.status_set',
            'deal.disputed', 'deal.dispute_statement', 'deal.dispute_evidence', 'deal.dispute_offer',
            'deal.dispute_offer_accepted', 'deal.dispute_part_released', 'deal.dispute_unanswered', 'deal.dispute_escalated', 'deal.dispute_withdrawn',
            'payment.held', 'payment.refunded', 'payment.failed', 'payment.payable', 'refund.refunded'
        )
        OR (NEW.type = 'deal.awaiting_payment' AND NEW.number = 1)
    )
    EXECUTE FUNCTION have_event_told();
