#!/bin/sh
# Prints a .env for docker-compose.yml with fresh secrets: sh deploy/new-env.sh > .env
# HOLDFAST_BANK_API_KEY is not among them: the bank creates it once it runs (docs/servers.md).
set -eu
umask 077

hex() {
    od -An -N 32 -tx1 /dev/urandom | tr -d ' \n'
}

base64_key() {
    head -c 32 /dev/urandom | base64 | tr -d '\n'
}

while IFS= read -r line; do
    case $line in
        HOLDFAST_BANK_API_KEY=) echo "${line}made-by-the-bank" ;;
        HOLDFAST_SEALING_KEYS= | HOLDFAST_PAYLOAD_KEYS=) echo "$line$(base64_key)" ;;
        HOLDFAST_DEPOSIT_KEYS=) echo "${line}payment-system=$(hex)" ;;
        *=) echo "$line$(hex)" ;;
        *) echo "$line" ;;
    esac
done <"$(dirname "$0")/env.example"
