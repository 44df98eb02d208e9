-- Faults on demand: how a bank misbehaves, for tests of what calls it.

-- Late answers and lost replies at `steps` (empty: all), and `rules`. `drawn` counts the write requests since the rules
-- were set; with `seed` it decides what each of them meets.
CREATE TABLE behaviours (
    bank_id integer PRIMARY KEY REFERENCES banks,
    slow_ms bigint NOT NULL DEFAULT 0 CONSTRAINT behaviours_slow CHECK (slow_ms >= 0),
    lose_replies bigint NOT NULL DEFAULT 0 CONSTRAINT behaviours_lose CHECK (lose_replies >= 0),
    steps text[] NOT NULL DEFAULT '{}',
    seed bigint NOT NULL DEFAULT 0,
    drawn bigint NOT NULL DEFAULT 0 CONSTRAINT behaviours_drawn CHECK (drawn >= 0),
    rules jsonb NOT NULL DEFAULT '[]' CONSTRAINT behaviours_rules CHECK (jsonb_typeof(rules) = 'array')
);

-- Answers that are stored but withheld before `until`: questions and repeats get 202 again.
CREATE TABLE withheld_answers (
    caller text NOT NULL,
    key text NOT NULL,
    operation text,
    until timestamptz NOT NULL,
    PRIMARY KEY (caller, key),
    FOREIGN KEY (caller, key) REFERENCES answers
);

-- Answers with a wrong amount for questions and repeats.
CREATE TABLE false_answers (
    caller text NOT NULL,
    key text NOT NULL,
    PRIMARY KEY (caller, key),
    FOREIGN KEY (caller, key) REFERENCES answers
);
