-- Offers, deals, and agreements between their parties.

-- An offer has a commission of its own, or the platform's default.
CREATE TABLE offers (
    id               uuid NOT NULL DEFAULT uuidv7(),
    marketplace_id   uuid NOT NULL,
    seller_id        uuid NOT NULL,
    title            text NOT NULL,
    description      text NOT NULL,
    price_minor      bigint NOT NULL,
    currency         text NOT NULL,
    quantity         integer NOT NULL,
    pay_within_s     integer NOT NULL,
    commission_bp    integer NOT NULL,
    own_commission   boolean NOT NULL DEFAULT false,
    settlement       text NOT NULL DEFAULT 'hold',
    release          text NOT NULL DEFAULT 'on_funding',
    inspection_s     integer,
    fee_policy       jsonb NOT NULL
        DEFAULT '{"deadline": "returned", "buyer": "payer", "seller": "returned", "dispute": "returned"}',
    state            text NOT NULL,
    rejection_reason text,
    on_sale          boolean NOT NULL DEFAULT true,
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_offers PRIMARY KEY (id),
    CONSTRAINT ck_offers_commission CHECK (commission_bp BETWEEN 0 AND 5000),
    CONSTRAINT ck_offers_fee_policy CHECK (fee_policy ?& ARRAY['deadline', 'buyer', 'seller', 'dispute']),
    CONSTRAINT ck_offers_inspection CHECK (
        CASE release WHEN 'on_acceptance' THEN inspection_s > 0 AND settlement = 'hold' ELSE inspection_s IS NULL END),
    CONSTRAINT ck_offers_pay_within CHECK (pay_within_s > 0),
    CONSTRAINT ck_offers_price CHECK (price_minor > 0 AND price_minor <= 1000000000000000),
    CONSTRAINT ck_offers_quantity CHECK (quantity >= 0),
    CONSTRAINT ck_offers_rejection_reason CHECK (rejection_reason IS NULL OR state = 'rejected'),
    CONSTRAINT ck_offers_release CHECK (release IN ('on_funding', 'on_acceptance')),
    CONSTRAINT ck_offers_settlement CHECK (settlement IN ('hold', 'immediate')),
    CONSTRAINT ck_offers_state CHECK (state IN ('pending', 'approved', 'rejected')),
    CONSTRAINT ck_offers_version CHECK (version > 0),
    CONSTRAINT fk_offers_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_offers_seller_id FOREIGN KEY (seller_id) REFERENCES users (id)
);
CREATE INDEX ix_offers_marketplace_id ON offers (marketplace_id, id);
CREATE INDEX ix_offers_on_sale ON offers (marketplace_id, id) WHERE state = 'approved' AND on_sale;
CREATE INDEX ix_offers_pending ON offers (id) WHERE state = 'pending';
CREATE INDEX ix_offers_seller_id ON offers (seller_id, id);

-- The offer at its creation, and each later change by its seller.
CREATE TABLE offer_changes (
    offer_id    uuid NOT NULL,
    number      integer NOT NULL,
    units       integer NOT NULL,
    price_minor bigint NOT NULL,
    currency    text NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_offer_changes PRIMARY KEY (offer_id, number),
    CONSTRAINT ck_offer_changes_number CHECK (number > 0),
    CONSTRAINT fk_offer_changes_offer_id FOREIGN KEY (offer_id) REFERENCES offers (id)
);

-- Title, description and terms are those of the offer when it was bought (triggers keep them).
CREATE TABLE deals (
    id             uuid NOT NULL DEFAULT uuidv7(),
    marketplace_id uuid NOT NULL,
    offer_id       uuid NOT NULL,
    buyer_id       uuid NOT NULL,
    seller_id      uuid NOT NULL,
    title          text NOT NULL,
    description    text NOT NULL,
    state          text NOT NULL,
    price_minor    bigint NOT NULL,
    currency       text NOT NULL,
    commission_bp  integer NOT NULL,
    payee_account  text NOT NULL,
    payee_bank     integer NOT NULL,
    settlement     text NOT NULL DEFAULT 'hold',
    release        text NOT NULL DEFAULT 'on_funding',
    inspection_s   integer,
    fee_policy     jsonb NOT NULL
        DEFAULT '{"deadline": "returned", "buyer": "payer", "seller": "returned", "dispute": "returned"}',
    pay_by         timestamptz NOT NULL,
    inspect_by     timestamptz,
    accepted_at    timestamptz,
    released_at    timestamptz,
    split_minor    bigint,
    closed_reason  text,
    closed_at      timestamptz,
    verdict        text,
    verdict_at     timestamptz,
    flagged_at     timestamptz,
    final_at       timestamptz,
    events         integer NOT NULL DEFAULT 0,
    redrives         integer NOT NULL DEFAULT 0,
    redriven_at      timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_deals PRIMARY KEY (id),
    CONSTRAINT ck_deals_fee_policy CHECK (fee_policy ?& ARRAY['deadline', 'buyer', 'seller', 'dispute']),
    CONSTRAINT ck_deals_final_at CHECK (
        (state IN ('cancelled', 'completed', 'expired', 'refunded', 'split')) = (final_at IS NOT NULL)),
    CONSTRAINT ck_deals_inspection CHECK (
        CASE release WHEN 'on_acceptance' THEN inspection_s > 0 AND settlement = 'hold' ELSE inspection_s IS NULL END),
    CONSTRAINT ck_deals_price CHECK (price_minor > 0),
    CONSTRAINT ck_deals_release CHECK (release IN ('on_funding', 'on_acceptance')),
    CONSTRAINT ck_deals_settlement CHECK (settlement IN ('hold', 'immediate')),
    CONSTRAINT ck_deals_split CHECK (
        split_minor IS NULL OR split_minor BETWEEN 1 AND price_minor - 1 AND released_at IS NOT NULL),
    CONSTRAINT ck_deals_two_parties CHECK (buyer_id <> seller_id),
    CONSTRAINT fk_deals_buyer_id FOREIGN KEY (buyer_id) REFERENCES users (id),
    CONSTRAINT fk_deals_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_deals_offer_id FOREIGN KEY (offer_id) REFERENCES offers (id),
    CONSTRAINT fk_deals_seller_id FOREIGN KEY (seller_id) REFERENCES users (id)
);
CREATE INDEX ix_deals_open ON deals (id) WHERE final_at IS NULL;
CREATE INDEX ix_deals_buyer_id ON deals (buyer_id, id);
CREATE INDEX ix_deals_seller_id ON deals (seller_id, id);
CREATE INDEX ix_deals_offer_id ON deals (offer_id, buyer_id);

-- Titles that clients see for the states of a deal.
CREATE TABLE deal_titles (
    state text NOT NULL,
    en    text NOT NULL,
    ru    text NOT NULL,
    CONSTRAINT pk_deal_titles PRIMARY KEY (state),
    CONSTRAINT ck_deal_titles_not_empty CHECK (en <> '' AND ru <> '')
);
INSERT INTO deal_titles (state, en, ru) VALUES
    ('awaiting_payment', 'Awaiting payment', 'Ожидает оплаты'),
    ('partially_paid', 'In progress: partly paid', 'В процессе: оплачена частично'),
    ('settling', 'Being settled', 'Завершаются расчёты'),
    ('funded', 'Paid', 'Оплачена'),
    ('completed', 'Completed', 'Завершена'),
    ('expired', 'Expired', 'Срок оплаты истёк'),
    ('cancelled', 'Cancelled', 'Отменена'),
    ('disputed', 'Disputed', 'Спор'),
    ('refunded', 'Given back after a dispute', 'Возвращена после спора'),
    ('split', 'Divided after a dispute', 'Разделена после спора');

-- An operator records what both parties have agreed on.
CREATE TABLE agreements (
    id          uuid NOT NULL DEFAULT uuidv7(),
    deal_id     uuid NOT NULL,
    subject     text NOT NULL,
    state       text NOT NULL,
    proposed_by text NOT NULL,
    reason      text,
    pay_by      timestamptz,
    proposed_at timestamptz NOT NULL,
    resolved_at timestamptz,
    CONSTRAINT pk_agreements PRIMARY KEY (id),
    CONSTRAINT ck_agreements_decided CHECK (state <> 'decided' OR subject = 'dispute'),
    CONSTRAINT ck_agreements_party CHECK (
        proposed_by IN ('buyer', 'seller') OR proposed_by = 'operator' AND subject = 'extension' AND state = 'agreed'),
    CONSTRAINT ck_agreements_pay_by CHECK ((subject = 'extension') = (pay_by IS NOT NULL)),
    CONSTRAINT ck_agreements_resolved CHECK ((state = 'proposed') = (resolved_at IS NULL)),
    CONSTRAINT ck_agreements_subject CHECK (subject IN ('cancellation', 'extension', 'dispute')),
    CONSTRAINT fk_agreements_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);
CREATE INDEX ix_agreements_deal_id ON agreements (deal_id);
CREATE UNIQUE INDEX uq_agreements_proposed ON agreements (deal_id, subject) WHERE state = 'proposed';

CREATE TABLE checkout_links (
    id                 uuid NOT NULL DEFAULT uuidv7(),
    deal_id            uuid NOT NULL,
    user_id            uuid NOT NULL,
    digest             bytea NOT NULL,
    return_url         text NOT NULL,
    expires_at         timestamptz NOT NULL,
    opened_at          timestamptz,
    session_digest     bytea,
    session_expires_at timestamptz,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_checkout_links PRIMARY KEY (id),
    CONSTRAINT uq_checkout_links_digest UNIQUE (digest),
    CONSTRAINT uq_checkout_links_session_digest UNIQUE (session_digest),
    CONSTRAINT fk_checkout_links_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_checkout_links_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_checkout_links_deal_id ON checkout_links (deal_id);

CREATE TABLE reminders (
    deal_id    uuid NOT NULL,
    ends_at    timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_reminders PRIMARY KEY (deal_id, ends_at),
    CONSTRAINT fk_reminders_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);
