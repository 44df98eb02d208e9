-- An agreement about several pieces of work. Its row never changes: its state follows from its milestones.
CREATE TABLE contracts (
    id             uuid NOT NULL DEFAULT uuidv7(),
    marketplace_id uuid NOT NULL,
    buyer_id       uuid NOT NULL,
    seller_id      uuid NOT NULL,
    title          text NOT NULL,
    description    text NOT NULL,
    currency       text NOT NULL,
    milestones     integer NOT NULL,
    answer_by      timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_contracts PRIMARY KEY (id),
    CONSTRAINT ck_contracts_milestones CHECK (milestones BETWEEN 2 AND 50),
    CONSTRAINT ck_contracts_two_parties CHECK (buyer_id <> seller_id),
    CONSTRAINT fk_contracts_buyer_id FOREIGN KEY (buyer_id) REFERENCES users (id),
    CONSTRAINT fk_contracts_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_contracts_seller_id FOREIGN KEY (seller_id) REFERENCES users (id)
);
CREATE INDEX ix_contracts_marketplace_id ON contracts (marketplace_id, id);
CREATE INDEX ix_contracts_buyer_id ON contracts (buyer_id, id);
CREATE INDEX ix_contracts_seller_id ON contracts (seller_id, id);

-- A milestone is a service deal that knows its contract, and its number in it.
ALTER TABLE deals
    ADD COLUMN contract_id uuid,
    ADD COLUMN milestone integer,
    ADD CONSTRAINT ck_deals_milestone CHECK (
        CASE WHEN contract_id IS NULL THEN milestone IS NULL ELSE milestone > 0 AND offer_id IS NULL END),
    ADD CONSTRAINT fk_deals_contract_id FOREIGN KEY (contract_id) REFERENCES contracts (id);
CREATE UNIQUE INDEX uq_deals_milestone ON deals (contract_id, milestone) WHERE contract_id IS NOT NULL;
