-- `platform`: reads and sends back what comes to the platform's own accounts. Keys that could do so keep the right until somebody ends them.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes CHECK (
    scopes <@ '{payments,payouts,platform,balances,admin}' AND scopes <> '{}');
UPDATE api_keys SET scopes = scopes || '{platform}' WHERE 'payouts' = ANY (scopes);
