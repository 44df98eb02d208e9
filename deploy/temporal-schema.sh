#!/bin/sh
# Sets up and upgrades Temporal's two schemas in the databases made by databases.sh. Safe to repeat.
# The password is in SQL_PASSWORD. The visibility schema creates the extension btree_gin, which PostgreSQL allows a
# database's owner to do.
set -eu
: "${SQL_PASSWORD:?}" "${POSTGRES_SEEDS:?}" "${POSTGRES_USER:?}"

schema() {
    database=$1
    shift
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" -u "$POSTGRES_USER" \
        --db "$database" "$@"
}

schema temporal setup-schema -v 0.0
schema temporal update-schema -d /etc/temporal/schema/postgresql/v12/temporal/versioned
schema temporal_visibility setup-schema -v 0.0
schema temporal_visibility update-schema -d /etc/temporal/schema/postgresql/v12/visibility/versioned
