-- Idempotency keys and the answers that are stored for them.

-- The lock of an idempotency key until the end of the transaction, as edge.idempotency takes it; false: another has
-- it.
CREATE OR REPLACE FUNCTION take_key(caller text, key text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT pg_try_advisory_xact_lock(('x' || encode(substring(
        sha256(convert_to(caller, 'UTF8') || '\x00'::bytea || convert_to(key, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint)
$$;

-- The answer to a key; null when there is none.
CREATE OR REPLACE FUNCTION answer_to(caller text, key text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object('fingerprint', encode(a.fingerprint, 'hex'), 'status', a.status, 'body', a.body)
        FROM answers a WHERE a.caller = answer_to.caller AND a.key = answer_to.key
    );
END $$;
