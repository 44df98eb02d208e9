-- An override whose forced result counts is `in_force`. It had a name that means something else.
INSERT INTO state_transitions (noun, from_state, to_state) VALUES
    ('overrides', 'approved', 'in_force'),
    ('overrides', 'in_force', 'contradicted'),
    ('overrides', 'in_force', 'done'),
    ('overrides', 'standing', 'in_force');

ALTER TABLE overrides DROP CONSTRAINT ck_overrides_tombstone;
UPDATE overrides SET state = 'in_force' WHERE state = 'standing';
ALTER TABLE overrides ADD CONSTRAINT ck_overrides_tombstone CHECK (
    state NOT IN ('in_force', 'contradicted') OR result = 'done' OR tombstone_at IS NOT NULL);

DELETE FROM state_transitions WHERE noun = 'overrides' AND 'standing' IN (from_state, to_state);
