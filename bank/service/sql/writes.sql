-- What `settle` writes.

-- What a step does to codes. `plan`: used_code, kill_codes (of this operation), new_code and its sealed message.
CREATE OR REPLACE FUNCTION write_codes(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF plan ? 'used_code' THEN
        UPDATE codes c SET used_at = clock_timestamp(), judged_at = (plan #>> '{used_code,judged_at}')::timestamptz,
            used_try = (plan #>> '{used_code,try}')::smallint
        WHERE c.id = (plan #>> '{used_code,id}')::bigint;
    END IF;
    IF plan ? 'kill_codes' THEN
        UPDATE codes c SET killed_at = clock_timestamp()
        WHERE c.subject = plan ->> 'kill_codes' AND c.used_at IS NULL AND c.killed_at IS NULL;
    END IF;
    IF plan ? 'new_code' THEN
        INSERT INTO codes (id, operation_key, number, digest, created_at, expires_at) OVERRIDING SYSTEM VALUE
        SELECT n.id, n.operation_key, n.number, n.digest, n.created_at, n.expires_at
        FROM jsonb_populate_record(NULL::codes, plan -> 'new_code') AS n;
        INSERT INTO code_messages (code_id, sealed)
        VALUES ((plan #>> '{new_code,id}')::bigint, decode(plan ->> 'sealed', 'hex'));
    END IF;
END $$;

-- What a step does to operations. `plan`: changes (columns of the one that is locked), made (a new row).
CREATE OR REPLACE FUNCTION write_operations(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF plan ? 'made' THEN
        INSERT INTO operations (key, caller, kind, status, amount_minor, fee_minor, currency, payer_account,
                                payee_account, reference, source, created_at, captured_at)
        SELECT m.key, m.caller, m.kind, m.status, m.amount_minor, m.fee_minor, m.currency, m.payer_account,
               m.payee_account, m.reference, m.source, m.created_at, m.captured_at
        FROM jsonb_populate_record(NULL::operations, plan -> 'made') AS m;
    END IF;
    IF plan ? 'changes' THEN
        UPDATE operations o
        SET (status, credited_minor, confirmed_at, held_at, captured_at, voided_at) = (
            SELECT c.status, c.credited_minor, c.confirmed_at, c.held_at, c.captured_at, c.voided_at
            FROM jsonb_populate_record(o, plan -> 'changes') AS c)
        WHERE o.key = plan #>> '{operation,key}';
    END IF;
END $$;

-- What a refund does. `plan`: refunds (new rows), returned (what is left of debits and credits), parts.
CREATE OR REPLACE FUNCTION write_refunds(plan jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    IF plan ? 'refunds' THEN
        INSERT INTO operations (key, caller, kind, status, amount_minor, fee_minor, currency, payer_account,
                                payee_account, reference, source, created_at, captured_at)
        SELECT m.key, m.caller, m.kind, m.status, m.amount_minor, m.fee_minor, m.currency, m.payer_account,
               m.payee_account, m.reference, m.source, m.created_at, m.captured_at
        FROM jsonb_populate_recordset(NULL::operations, plan -> 'refunds') AS m;
        INSERT INTO refund_parts (refund_key, number, origin, credit_key, amount_minor)
        SELECT p.refund_key, p.number, p.origin, p.credit_key, p.amount_minor
        FROM jsonb_populate_recordset(NULL::refund_parts, plan -> 'parts') AS p;
    END IF;
    IF plan ? 'returned' THEN
        UPDATE operations o
        SET status = r.status, voided_at = r.voided_at, refunded_minor = r.refunded_minor,
            fee_refunded_minor = r.fee_refunded_minor, uncredited_refunded_minor = r.uncredited_refunded_minor
        FROM jsonb_populate_recordset(NULL::operations, plan -> 'returned') AS r
        WHERE o.key = r.key;
    END IF;
END $$;
