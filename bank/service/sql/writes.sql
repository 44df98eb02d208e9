-- The path of a write: it arrives (committed at once), is locked and read, is decided by the program, and is settled in
-- the transaction that read. No secret comes here: the program compares codes.

-- A request arrives: the owner of its API key (by a keyed hash; null: unknown), whether the key has the scope and, if
-- so, its number in the journal.
CREATE OR REPLACE FUNCTION arrive(
    prefix text, digest bytea, scope text, key text, step text, bank_id integer, OUT caller text, OUT number bigint
) LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    who api_keys;
BEGIN
    SELECT * INTO who FROM api_keys k
    WHERE k.prefix = arrive.prefix AND k.digest = arrive.digest AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
    caller := who.name;
    IF scope = ANY (who.scopes) THEN
        INSERT INTO requests (caller, key, step, bank_id) VALUES (who.name, arrive.key, arrive.step, arrive.bank_id)
        RETURNING id INTO number;
    END IF;
END $$;

-- The lock of an idempotency key until the end of the transaction, as edge.idempotency takes it; false: another
-- transaction has it.
CREATE OR REPLACE FUNCTION take_key(caller text, key text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT pg_try_advisory_xact_lock(('x' || encode(substring(
        sha256(convert_to(caller, 'UTF8') || '\x00'::bytea || convert_to(key, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint)
$$;

-- Takes the key of a request (`free`: it was not taken), and returns the stored answer or, if there is none, the facts.
CREATE OR REPLACE FUNCTION look(
    caller text, key text, query jsonb,
    OUT free boolean, OUT fingerprint bytea, OUT status smallint, OUT body jsonb, OUT facts jsonb
) LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    free := take_key(look.caller, look.key);
    IF NOT free THEN
        RETURN;
    END IF;
    SELECT a.fingerprint, a.status, a.body INTO fingerprint, status, body
    FROM answers a WHERE a.caller = look.caller AND a.key = look.key;
    IF NOT FOUND THEN
        facts := locked_facts(look.caller, look.key, query);
    END IF;
END $$;

-- Why the ledger refuses the legs, as a whole; null when it carried them out. A refusal leaves no trace, so that the
-- same legs can be tried later.
CREATE OR REPLACE FUNCTION post_legs(legs jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    outcomes CONSTANT jsonb := ledger.carry_out(legs, true, false);
BEGIN
    RETURN (SELECT o ->> 1 FROM jsonb_array_elements(outcomes) AS o WHERE o ->> 1 <> 'linked_refused' LIMIT 1);
END $$;

-- Stores operations as they now are, new ones too, with the parts of refunds.
CREATE OR REPLACE FUNCTION write_operations(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO operations AS o (
        key, caller, kind, status, amount_minor, fee_minor, currency, payer_account, payee_account, reference, source,
        credited_minor, refunded_minor, fee_refunded_minor, uncredited_refunded_minor,
        created_at, confirmed_at, held_at, captured_at, voided_at)
    SELECT w.key, w.caller, w.kind, w.status, w.amount_minor, w.fee_minor, w.currency, w.payer_account, w.payee_account,
           w.reference, w.source, w.credited_minor, w.refunded_minor, w.fee_refunded_minor, w.uncredited_refunded_minor,
           w.created_at, w.confirmed_at, w.held_at, w.captured_at, w.voided_at
    FROM jsonb_populate_recordset(NULL::operations, plan -> 'operations') AS w
    ON CONFLICT (key) DO UPDATE SET
        status = excluded.status, credited_minor = excluded.credited_minor, refunded_minor = excluded.refunded_minor,
        fee_refunded_minor = excluded.fee_refunded_minor,
        uncredited_refunded_minor = excluded.uncredited_refunded_minor, confirmed_at = excluded.confirmed_at,
        held_at = excluded.held_at, captured_at = excluded.captured_at, voided_at = excluded.voided_at;
    INSERT INTO refund_parts SELECT p.* FROM jsonb_populate_recordset(NULL::refund_parts, plan -> 'parts') AS p;
    INSERT INTO payouts SELECT p.* FROM jsonb_populate_recordset(NULL::payouts, plan -> 'payouts') AS p;
END $$;

-- Uses up a code, kills those of a subject, and makes a new one with its message, as far as `plan` says so.
CREATE OR REPLACE FUNCTION write_codes(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    used CONSTANT jsonb := plan -> 'used_code';
    made CONSTANT jsonb := plan -> 'new_code';
BEGIN
    UPDATE codes c
    SET used_at = (used ->> 'used_at')::timestamptz, judged_at = (used ->> 'judged_at')::timestamptz,
        used_try = (used ->> 'used_try')::smallint
    WHERE c.id = (used ->> 'id')::bigint;
    UPDATE codes c SET killed_at = clock_timestamp()
    WHERE c.subject = plan ->> 'kills_codes_of' AND c.used_at IS NULL AND c.killed_at IS NULL;
    IF made IS NOT NULL THEN
        INSERT INTO codes (id, operation_key, access_key, number, digest, created_at, expires_at)
        OVERRIDING SYSTEM VALUE
        SELECT n.id, n.operation_key, n.access_key, n.number, n.digest, n.created_at, n.expires_at
        FROM jsonb_populate_record(NULL::codes, made) AS n;
        INSERT INTO code_messages (code_id, sealed)
        SELECT (made ->> 'id')::bigint, (made ->> 'sealed')::bytea WHERE made ? 'sealed';
    END IF;
END $$;

-- Carries out the decision, stores the answer, and closes the request with this number in the journal (null: none).
-- `plan`: see `Plan`. Returns why the ledger refuses the legs: then nothing is done. The key must be taken (look).
CREATE OR REPLACE FUNCTION settle(
    caller text, key text, fingerprint bytea, number bigint, status smallint, body jsonb, legs jsonb, plan jsonb
) RETURNS text LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    turn CONSTANT jsonb := plan -> 'turn';
    reason text;
BEGIN
    IF jsonb_array_length(legs) > 0 THEN
        reason := post_legs(legs);
        IF reason IS NOT NULL THEN
            RETURN reason;
        END IF;
    END IF;
    PERFORM write_codes(plan);
    PERFORM write_operations(plan);
    -- The row of the account is locked since it was asked whether there is a turn.
    IF turn IS NOT NULL AND take_turn(turn ->> 'account', about_of(turn, settle.caller),
                                      (turn ->> 'window_s')::integer, (turn ->> 'most')::bigint) IS NOT NULL THEN
        RAISE EXCEPTION 'the turns of % are gone', turn ->> 'account';
    END IF;
    INSERT INTO answers (caller, key, fingerprint, status, body)
    VALUES (settle.caller, settle.key, settle.fingerprint, settle.status, settle.body);
    UPDATE requests r SET answered_at = clock_timestamp(), status = settle.status WHERE r.id = settle.number;
    RETURN NULL;
END $$;
