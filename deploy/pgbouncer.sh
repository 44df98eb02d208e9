#!/bin/sh
# Starts PgBouncer before the database `market` of the server at PGHOST and PGPORT, for the role holdfast_app.
# Its files are in PGBOUNCER_FOLDER; it listens on PGBOUNCER_PORT.
set -eu
umask 077
: "${PGHOST:?}" "${PGPORT:?}" "${MARKET_APP_PASSWORD:?}"
folder=${PGBOUNCER_FOLDER:-/tmp}
here=$(cd "$(dirname "$0")" && pwd)

printf '"holdfast_app" "%s"\n' "$MARKET_APP_PASSWORD" >"$folder/users"
cat >"$folder/pgbouncer.ini" <<INI
[databases]
market = host=$PGHOST port=$PGPORT dbname=market
%include $here/pgbouncer.ini
auth_file = $folder/users
listen_port = ${PGBOUNCER_PORT:-6432}
INI
exec pgbouncer "$folder/pgbouncer.ini"
