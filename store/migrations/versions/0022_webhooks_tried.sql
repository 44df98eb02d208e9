-- When an endpoint was last tried, or somebody had all that waits for it tried: what is due since then and not tried is late.
ALTER TABLE webhook_endpoints ADD COLUMN tried_at timestamptz;
