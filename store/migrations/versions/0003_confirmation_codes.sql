-- Only keyed hashes of codes are stored, bound to what they confirm: subject is 'payment/…' or 'withdrawal/…'. The
-- numbers are those of domain/codes.py.
CREATE TABLE confirmation_codes (
    subject    text NOT NULL,
    number     integer NOT NULL,
    digest     bytea NOT NULL,
    tries      integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    killed_at  timestamptz,
    used_at    timestamptz,
    used_by    text,
    CONSTRAINT pk_confirmation_codes PRIMARY KEY (subject, number),
    CONSTRAINT ck_confirmation_codes_at_most_five_tries CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT ck_confirmation_codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    CONSTRAINT ck_confirmation_codes_used_by_a_try CHECK (
        (used_at IS NULL) = (used_by IS NULL) AND (used_at IS NULL OR tries > 0)),
    CONSTRAINT ck_confirmation_codes_used_in_time CHECK (used_at <= expires_at)
);
CREATE UNIQUE INDEX uq_confirmation_codes_live ON confirmation_codes (subject) WHERE killed_at IS NULL AND used_at IS NULL;
CREATE UNIQUE INDEX uq_confirmation_codes_used ON confirmation_codes (subject) WHERE used_at IS NOT NULL;

-- Each try was counted and committed before its code was compared; a try that comes again has the same name.
CREATE TABLE code_tries (
    subject     text NOT NULL,
    name        text NOT NULL,
    code_number integer NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT code_tries_idempotency_pk PRIMARY KEY (subject, name),
    CONSTRAINT uq_code_tries_subject_code_number_number UNIQUE (subject, code_number, number),
    CONSTRAINT ck_code_tries_at_most_five CHECK (number BETWEEN 1 AND 5),
    CONSTRAINT fk_code_tries_subject_code_number FOREIGN KEY (subject, code_number) REFERENCES confirmation_codes (subject, number)
);

INSERT INTO confirmation_codes
SELECT c.subject, c.number, c.digest, c.tries, c.created_at, c.expires_at, c.killed_at, a.submitted_at, c.used_attempt::text
FROM wallet_codes c LEFT JOIN code_attempts a ON c.subject = 'payment/' || a.payment_id AND a.number = c.used_attempt;
INSERT INTO code_tries
SELECT subject, attempt::text, code_number, row_number() OVER (PARTITION BY subject, code_number ORDER BY attempt), at
FROM wallet_code_tries;

-- Only the last code of a withdrawal was live. Which of its tries was right was not kept.
INSERT INTO confirmation_codes
SELECT 'withdrawal/' || withdrawal_id, number, digest, tries, created_at, expires_at,
       CASE WHEN used_at IS NULL THEN lead(created_at) OVER (PARTITION BY withdrawal_id ORDER BY number) END,
       used_at, CASE WHEN used_at IS NOT NULL THEN 'not recorded' END
FROM withdrawal_codes;
INSERT INTO code_tries
SELECT 'withdrawal/' || c.withdrawal_id, t.caller || '/' || t.key, c.number, t.number, c.created_at
FROM withdrawal_tries t JOIN withdrawal_codes c ON c.id = t.code_id;

DROP TABLE wallet_code_tries, wallet_codes, withdrawal_tries, withdrawal_codes;
