#!/bin/sh
# Temporal's two schemas in the databases that databases.sh made; the same job upgrades them. May be repeated.
# The password comes from SQL_PASSWORD. The visibility schema creates the extension btree_gin, which PostgreSQL
# lets a database's owner do.
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
