#!/bin/sh
# Starts the server through which API programs pass messages of chats on. Nothing is stored: rows are the messages.
# VALKEY_SERVER names another program with the same interface; its settings, with the password, are in VALKEY_FOLDER.
set -eu
umask 077
: "${CHAT_REDIS_PASSWORD:?}"
folder=${VALKEY_FOLDER:-/tmp}

cat >"$folder/valkey.conf" <<CONF
requirepass $CHAT_REDIS_PASSWORD
port ${VALKEY_PORT:-6379}
dir $folder
save ""
appendonly no
maxmemory 64mb
CONF
exec "${VALKEY_SERVER:-valkey-server}" "$folder/valkey.conf"
