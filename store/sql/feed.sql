-- An event of a marketplace's feed is written with what it is about, in the same transaction (decision 81). Which states
-- have one, and under which name, is `feed_type`, which is made of the names in domain/feed.py (store/migrate.py), as are
-- the triggers. Whose request it was, the transaction knows: `holdfast.caller` is set where the request's key is taken.
CREATE OR REPLACE FUNCTION add_to_feed(market uuid, kind text, about text, object uuid, deal uuid, now_in text)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO feed_events (marketplace_id, type, noun, object_id, deal_id, state, caller)
    VALUES (market, kind, about, object, deal, now_in, nullif(current_setting('holdfast.caller', true), ''))
$$;

CREATE OR REPLACE FUNCTION publish_state() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    market uuid;
    deal   uuid;
    kind   text := feed_type(TG_TABLE_NAME, NEW.state);
BEGIN
    IF kind IS NULL OR (TG_OP = 'UPDATE' AND OLD.state = NEW.state) THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'deals' THEN
        market := NEW.marketplace_id;
        deal := NEW.id;
    ELSIF TG_TABLE_NAME = 'offers' THEN
        market := NEW.marketplace_id;
    ELSIF TG_TABLE_NAME IN ('payments', 'refunds', 'disputes') THEN
        SELECT d.marketplace_id, d.id INTO market, deal FROM deals d WHERE d.id = NEW.deal_id;
    ELSIF TG_TABLE_NAME = 'payment_requests' THEN
        SELECT u.marketplace_id INTO market FROM wallets w JOIN users u ON u.id = w.user_id WHERE w.id = NEW.payee_wallet_id;
    ELSIF TG_TABLE_NAME = 'holds' THEN
        SELECT u.marketplace_id INTO market FROM wallets w JOIN users u ON u.id = w.user_id WHERE w.id = NEW.from_wallet_id;
    ELSE
        SELECT u.marketplace_id INTO market FROM wallets w JOIN users u ON u.id = w.user_id WHERE w.id = NEW.wallet_id;
    END IF;
    PERFORM add_to_feed(market, kind, TG_ARGV[0], NEW.id, deal, NEW.state);
    RETURN NULL;
END
$$;

-- A bank account has no column for its state: a time says when it was confirmed, another from when payouts go there.
CREATE OR REPLACE FUNCTION publish_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    market uuid;
BEGIN
    SELECT u.marketplace_id INTO market FROM users u WHERE u.id = NEW.user_id;
    IF TG_OP = 'INSERT' THEN
        PERFORM add_to_feed(market, feed_type(TG_TABLE_NAME, 'unconfirmed'), 'account', NEW.id, NULL, 'unconfirmed');
    END IF;
    IF NEW.confirmed_at IS NOT NULL AND OLD.confirmed_at IS NULL THEN
        PERFORM add_to_feed(market, feed_type(TG_TABLE_NAME, 'confirmed'), 'account', NEW.id, NULL, 'confirmed');
    END IF;
    IF NEW.payout AND NEW.payout_from IS NOT NULL
        AND (OLD.payout IS NOT TRUE OR OLD.payout_from IS DISTINCT FROM NEW.payout_from) THEN
        PERFORM add_to_feed(market, TG_ARGV[0], 'account', NEW.id, NULL, 'confirmed');
    END IF;
    RETURN NULL;
END
$$;

-- Events of a deal that change no state of it.
CREATE OR REPLACE FUNCTION publish_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM add_to_feed(d.marketplace_id, NEW.type, 'deal', d.id, d.id, d.state) FROM deals d WHERE d.id = NEW.deal_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION begin_feed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feeds (marketplace_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER marketplaces_feed AFTER INSERT ON marketplaces
    FOR EACH ROW EXECUTE FUNCTION begin_feed();
