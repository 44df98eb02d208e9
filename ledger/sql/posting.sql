-- ledger.post in one statement: locks, looks up, decides (rules.sql) and writes.
--
-- A command is an array: 0 key, 1 fingerprint (hexadecimal), 2 kind, 3 debit account, 4 credit account, 5 amount,
-- 6 currency, 7 key of the hold, 8 reference. Amounts come as numeric: one that is refused may fit no column.

-- The accounts of these commands and holds, locked in id order, as they are under their locks. NO KEY UPDATE is the lock of
-- the UPDATE to come; unlike FOR UPDATE it lets rows that refer to accounts be inserted. Also for a program that has to see
-- balances before it decides what to post.
CREATE OR REPLACE FUNCTION ledger.lock_accounts(commands jsonb, holds ledger.transfers[]) RETURNS ledger.accounts[]
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids bigint[];
BEGIN
    SELECT array_agg(id) INTO ids FROM (
        SELECT unnest(ARRAY[(c ->> 3)::bigint, (c ->> 4)::bigint]) AS id FROM jsonb_array_elements(commands) AS c
        UNION
        SELECT unnest(ARRAY[h.debit_account, h.credit_account]) FROM unnest(holds) AS h
    ) AS touched WHERE id IS NOT NULL;
    RETURN ARRAY(SELECT a FROM ledger.accounts a WHERE a.id = ANY (ids) ORDER BY a.id FOR NO KEY UPDATE);
END $$;

-- The known facts of each command, in order: the transfer under its key, the first command of this call with its key,
-- the stored hold that it ends or the place in this call of the one that it may end, the places of its accounts.
-- Subqueries instead of joins pin index lookups: the plan is cached per session, perhaps since the tables were empty.
CREATE OR REPLACE FUNCTION ledger.look_up(commands jsonb, holds ledger.transfers[], locked ledger.accounts[])
RETURNS TABLE (
    place integer, key text, fingerprint bytea, kind text, debit bigint, credit bigint, amount numeric, currency text,
    reference text, first_place integer, hold_no bigint, hold_place integer, hold ledger.transfers, hold_ended boolean,
    debit_ix bigint, credit_ix bigint, known_id bigint, known_fingerprint bytea, known_refusal text,
    known_at timestamptz
)
LANGUAGE sql STABLE AS $$
    WITH asked AS MATERIALIZED (
        SELECT ordinality::integer AS place, c ->> 0 AS key, decode(c ->> 1, 'hex') AS fingerprint, c ->> 2 AS kind,
               (c ->> 3)::bigint AS debit, (c ->> 4)::bigint AS credit, (c ->> 5)::numeric AS amount,
               c ->> 6 AS currency, c ->> 7 AS hold_key, c ->> 8 AS reference
        FROM jsonb_array_elements(commands) WITH ORDINALITY AS e (c, ordinality)
    ), firsts AS (
        SELECT a.key, min(a.place) AS place FROM asked a GROUP BY a.key
    ), accounts AS (
        SELECT id, ordinality AS ix FROM unnest(locked) WITH ORDINALITY
    )
    SELECT a.place, a.key, a.fingerprint, a.kind, a.debit, a.credit, a.amount, a.currency, a.reference, f.place,
           dense_rank() OVER (ORDER BY a.hold_key), m.place, h,
           (SELECT true FROM ledger.transfers e WHERE e.hold_id = h.id AND e.refusal IS NULL),
           d.ix, c.ix, k.id, k.fingerprint, k.refusal, k.created_at
    FROM asked a
    JOIN firsts f ON f.key = a.key
    LEFT JOIN firsts m ON m.key = a.hold_key
    LEFT JOIN unnest(holds) AS h ON h.key = a.hold_key
    LEFT JOIN accounts d ON d.id = coalesce(a.debit, h.debit_account)
    LEFT JOIN accounts c ON c.id = coalesce(a.credit, h.credit_account)
    LEFT JOIN LATERAL (SELECT t.* FROM ledger.transfers t WHERE t.key = a.key LIMIT 1) AS k ON true
    ORDER BY a.place
$$;

-- One statement, so that the triggers see all of it.
CREATE OR REPLACE FUNCTION ledger.write(new_transfers ledger.transfers[], new_entries ledger.entries[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    WITH written AS (
        INSERT INTO ledger.transfers SELECT * FROM unnest(new_transfers)
    )
    INSERT INTO ledger.entries SELECT * FROM unnest(new_entries);
END $$;

-- Carries out the commands in order; each sees the effects of those before it. Returns an array for each: id of the
-- transfer, reason of the refusal or null, whether it was answered before, time.
--
-- linked: when one is refused, none takes effect; the first keeps its reason, the others get linked_refused. Unless
-- keep_refusals is set, such a call leaves no trace, and the same keys may be used again.
--
-- Under READ COMMITTED each statement of a volatile function has its own snapshot: lookups after the locks see
-- everything that was committed while we waited. A hold made after the first statement is ignored, because its accounts
-- are not locked: for this call it does not exist yet.
CREATE OR REPLACE FUNCTION ledger.carry_out(commands jsonb, linked boolean, keep_refusals boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    limit_minor CONSTANT bigint := 4611686018427387904;  -- the bound of constraint accounts_in_range
    holds ledger.transfers[];
    accounts ledger.accounts[];
    now_at timestamptz;
    c record;
    t ledger.transfers;
    debit ledger.accounts;
    credit ledger.accounts;
    moved bigint;
    reserved bigint;
    transfers ledger.transfers[] := '{}';  -- to be written …
    entries ledger.entries[] := '{}';
    places integer[] := '{}';              -- … each for the command at this place
    written integer[] := '{}';             -- place of a command -> its index in transfers; null: answered before
    debit_ixs bigint[] := '{}';
    credit_ixs bigint[] := '{}';
    ended boolean[] := '{}';               -- by hold_no
    ids bigint[] := '{}';                  -- the answers, by place
    reasons text[] := '{}';
    repeats boolean[] := '{}';
    ats timestamptz[] := '{}';
    first_refused integer;
BEGIN
    SELECT array_agg(h) INTO holds FROM ledger.transfers h
    WHERE h.key = ANY (ARRAY(SELECT x ->> 7 FROM jsonb_array_elements(commands) AS x WHERE x ->> 7 IS NOT NULL))
      AND h.kind = 'hold' AND h.refusal IS NULL;
    accounts := ledger.lock_accounts(commands, holds);
    now_at := clock_timestamp();

    FOR c IN SELECT * FROM ledger.look_up(commands, holds, accounts) LOOP
        written[c.place] := NULL;
        ids[c.place] := c.known_id;
        ats[c.place] := coalesce(c.known_at, now_at);
        repeats[c.place] := true;
        IF c.known_id IS NOT NULL THEN
            reasons[c.place] := c.known_refusal;
        ELSIF c.first_place < c.place THEN
            t := transfers[written[c.first_place]];
            c.known_fingerprint := t.fingerprint;
            ids[c.place] := t.id;
            reasons[c.place] := t.refusal;
        ELSE
            t := NULL;
            t.id := nextval('ledger.transfers_id_seq');
            t.key := c.key;
            t.fingerprint := c.fingerprint;
            t.kind := c.kind;
            t.created_at := now_at;
            t.reference := coalesce(c.reference, '');
            IF c.kind IN ('post', 'hold') THEN
                t.debit_account := c.debit;
                t.credit_account := c.credit;
                t.currency := c.currency;
                t.amount_minor := ledger.storable(c.amount);
                debit := accounts[c.debit_ix];
                credit := accounts[c.credit_ix];
                t.refusal := ledger.transfer_refusal(c.amount, c.currency, c.debit = c.credit, debit, credit);
                moved := CASE c.kind WHEN 'post' THEN t.amount_minor ELSE 0 END;
                reserved := t.amount_minor - moved;
            ELSE
                IF (c.hold).id IS NULL AND written[c.hold_place] IS NOT NULL THEN
                    c.hold := transfers[written[c.hold_place]];
                    IF (c.hold).kind <> 'hold' OR (c.hold).refusal IS NOT NULL THEN
                        c.hold := NULL;
                    END IF;
                    c.debit_ix := debit_ixs[c.hold_place];
                    c.credit_ix := credit_ixs[c.hold_place];
                END IF;
                t.hold_id := (c.hold).id;
                t.debit_account := (c.hold).debit_account;
                t.credit_account := (c.hold).credit_account;
                t.currency := (c.hold).currency;
                t.amount_minor := ledger.storable(coalesce(c.amount, (c.hold).amount_minor));
                t.refusal := ledger.end_refusal(
                    c.amount, t.hold_id, (c.hold).amount_minor, coalesce(c.hold_ended, ended[c.hold_no], false));
                debit := accounts[c.debit_ix];
                credit := accounts[c.credit_ix];
                moved := CASE c.kind WHEN 'capture' THEN t.amount_minor ELSE 0 END;
                reserved := -(c.hold).amount_minor;
            END IF;
            IF t.refusal IS NULL AND (
                greatest(debit.held_minor + reserved, credit.balance_minor + moved, credit.incoming_minor + reserved)
                    > limit_minor
                OR debit.balance_minor - moved < -limit_minor
            ) THEN
                t.refusal := 'bad_amount';
            END IF;
            IF t.refusal IS NULL THEN
                debit.version := debit.version + 1;
                debit.balance_minor := debit.balance_minor - moved;
                debit.held_minor := debit.held_minor + reserved;
                credit.version := credit.version + 1;
                credit.balance_minor := credit.balance_minor + moved;
                credit.incoming_minor := credit.incoming_minor + reserved;
                accounts[c.debit_ix] := debit;
                accounts[c.credit_ix] := credit;
                entries := array_append(entries, ROW(
                    t.id, debit.id, debit.version, -moved, reserved, 0,
                    debit.balance_minor, debit.held_minor, debit.incoming_minor, now_at)::ledger.entries);
                entries := array_append(entries, ROW(
                    t.id, credit.id, credit.version, moved, 0, reserved,
                    credit.balance_minor, credit.held_minor, credit.incoming_minor, now_at)::ledger.entries);
                IF t.hold_id IS NOT NULL THEN
                    ended[c.hold_no] := true;
                END IF;
            END IF;
            transfers := array_append(transfers, t);
            places := array_append(places, c.place);
            written[c.place] := cardinality(transfers);
            debit_ixs[c.place] := c.debit_ix;
            credit_ixs[c.place] := c.credit_ix;
            ids[c.place] := t.id;
            reasons[c.place] := t.refusal;
            repeats[c.place] := false;
        END IF;
        IF c.known_fingerprint <> c.fingerprint THEN
            reasons[c.place] := 'key_conflict';
            repeats[c.place] := false;
        END IF;
        IF first_refused IS NULL AND reasons[c.place] IS NOT NULL THEN
            first_refused := c.place;
        END IF;
    END LOOP;

    IF linked AND first_refused IS NOT NULL THEN
        transfers := ledger.refuse_all(commands, transfers, places, first_refused);
        entries := '{}';
        accounts := '{}';
    END IF;
    IF cardinality(transfers) > 0 AND (keep_refusals OR NOT linked OR first_refused IS NULL) THEN
        PERFORM ledger.write(transfers, entries);
    END IF;
    RETURN (
        SELECT jsonb_agg(
            jsonb_build_array(
                a.id, CASE WHEN w.id IS NULL OR a.reason = 'key_conflict' THEN a.reason ELSE w.refusal END,
                a.repeated, a.at)
            ORDER BY a.place)
        FROM unnest(ids, reasons, repeats, ats) WITH ORDINALITY AS a (id, reason, repeated, at, place)
        LEFT JOIN unnest(transfers) AS w ON w.id = a.id
    );
END $$;
