-- Requests about operations of test accounts that refuse the first of them; only where banks misbehave on demand.
CREATE TABLE counted_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation text NOT NULL REFERENCES operations,
    step text NOT NULL,
    key text NOT NULL,
    CONSTRAINT counted_requests_once UNIQUE (operation, step, key)
);
