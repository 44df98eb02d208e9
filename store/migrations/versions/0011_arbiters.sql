-- An `arbiter` takes disputes and decides them. Operators who could do so before keep the right until somebody ends it.
ALTER TABLE operators ADD COLUMN arbiter boolean NOT NULL DEFAULT true;
ALTER TABLE operators ALTER COLUMN arbiter SET DEFAULT false;
