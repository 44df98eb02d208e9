-- The clock of deadlines. In a sandbox store/migrate.py replaces it with one that adds the deal's offset.
CREATE OR REPLACE FUNCTION market_now(deal uuid) RETURNS timestamptz
    LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;
