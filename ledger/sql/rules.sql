-- Why a command is refused. tests/ledger/model.py states the rules again, in Python and without a database; a test
-- compares the two on arbitrary calls.

-- Why a post or hold is refused; null when it is not. The first reason in this order is the answer.
CREATE OR REPLACE FUNCTION ledger.transfer_refusal(
    amount numeric, currency text, same boolean, debit ledger.accounts, credit ledger.accounts
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN NOT amount BETWEEN 1 AND 1000000000000000 THEN 'bad_amount'
        WHEN same THEN 'same_account'
        WHEN debit.id IS NULL OR credit.id IS NULL THEN 'unknown_account'
        WHEN debit.currency <> currency OR credit.currency <> currency THEN 'currency_mismatch'
        WHEN debit.closed_at IS NOT NULL OR credit.closed_at IS NOT NULL THEN 'account_closed'
        WHEN debit.balance_minor - debit.held_minor - amount < debit.floor_minor THEN 'insufficient_funds'
    END
$$;

-- The same for a capture or void. `asked` is null for the whole hold.
CREATE OR REPLACE FUNCTION ledger.end_refusal(asked numeric, hold_id bigint, hold_minor bigint, ended boolean)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN NOT asked BETWEEN 1 AND 1000000000000000 THEN 'bad_amount'
        WHEN hold_id IS NULL THEN 'unknown_hold'
        WHEN ended THEN 'hold_ended'
        WHEN asked > hold_minor THEN 'exceeds_hold'
    END
$$;

-- The transfers of a linked call that was refused: each gets its reason, and a hold that was not made is forgotten.
CREATE OR REPLACE FUNCTION ledger.refuse_all(
    commands jsonb, refused ledger.transfers[], places integer[], first_refused integer
) RETURNS ledger.transfers[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    t ledger.transfers;
    first_id bigint := refused[1].id;
BEGIN
    FOR n IN 1 .. cardinality(refused) LOOP
        t := refused[n];
        IF places[n] <> first_refused THEN
            t.refusal := 'linked_refused';
        END IF;
        -- Ids are drawn under the lock of the accounts: a hold with a later id than our first was made by this call.
        IF t.hold_id >= first_id THEN
            t.hold_id := NULL; t.debit_account := NULL; t.credit_account := NULL; t.currency := NULL;
            t.amount_minor := ledger.storable((commands -> (places[n] - 1) ->> 5)::numeric);
        END IF;
        refused[n] := t;
    END LOOP;
    RETURN refused;
END $$;

-- A refused amount may be too large even for its column; the fingerprint still distinguishes it from others.
CREATE OR REPLACE FUNCTION ledger.storable(amount numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN amount BETWEEN -9223372036854775808 AND 9223372036854775807 THEN amount::bigint END
$$;
