-- Every transition that the rules allow; '' is the beginning. Any other change of state is refused (sql/states.sql).
-- The rows are made of the rules whenever these change (store/migrate.py).

CREATE TABLE state_transitions (
    noun       text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    CONSTRAINT pk_state_transitions PRIMARY KEY (noun, from_state, to_state)
);
