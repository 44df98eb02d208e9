#!/bin/sh
# Creates the roles and databases of all programs on one PostgreSQL server. Safe to repeat; new passwords take effect.
# Connects as a superuser by PGHOST, PGUSER and PGPASSWORD. Market, bank and signer have separate roles.
set -eu
: "${MARKET_OWNER_PASSWORD:?}" "${MARKET_APP_PASSWORD:?}" "${BANK_OWNER_PASSWORD:?}" "${BANK_APP_PASSWORD:?}"
: "${SIGNER_OWNER_PASSWORD:?}" "${SIGNER_APP_PASSWORD:?}" "${TEMPORAL_DB_PASSWORD:?}"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv market_owner MARKET_OWNER_PASSWORD
\getenv market_app MARKET_APP_PASSWORD
\getenv bank_owner BANK_OWNER_PASSWORD
\getenv bank_app BANK_APP_PASSWORD
\getenv signer_owner SIGNER_OWNER_PASSWORD
\getenv signer_app SIGNER_APP_PASSWORD
\getenv temporal TEMPORAL_DB_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
  FROM unnest(ARRAY['holdfast_owner', 'holdfast_app', 'bank_owner', 'bank_app', 'signer_owner', 'signer_app',
                    'temporal']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE holdfast_owner PASSWORD :'market_owner';
ALTER ROLE holdfast_app PASSWORD :'market_app';
ALTER ROLE bank_owner PASSWORD :'bank_owner';
ALTER ROLE bank_app PASSWORD :'bank_app';
ALTER ROLE signer_owner PASSWORD :'signer_owner';
ALTER ROLE signer_app PASSWORD :'signer_app';
ALTER ROLE temporal PASSWORD :'temporal';

SELECT format('CREATE DATABASE %I OWNER %I', database, owner)
  FROM (VALUES ('market', 'holdfast_owner'), ('bank', 'bank_owner'), ('signer', 'signer_owner'),
               ('temporal', 'temporal'), ('temporal_visibility', 'temporal')) AS wanted (database, owner)
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = database)
\gexec
REVOKE ALL ON DATABASE market, bank, signer, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE market TO holdfast_app;
GRANT CONNECT ON DATABASE bank TO bank_app;
GRANT CONNECT ON DATABASE signer TO signer_app;
SQL
