#!/bin/sh
# Creates the namespace with its retention, and the search attributes by which operators find deals. Safe to repeat.
# Server and namespace: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}"
retention=720h # histories stay readable for 30 days after a deal has ended

# A server that has just started does not answer; a new namespace takes some seconds to reach all its parts.
patiently() {
    tries=60
    until said=$(temporal operator "$@" 2>&1); do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ]; then
            echo "$TEMPORAL_ADDRESS: temporal operator $*: $said" >&2
            exit 1
        fi
        sleep 1
    done
}

patiently cluster health
name=$TEMPORAL_NAMESPACE
if temporal operator namespace describe --namespace "$name" >/dev/null 2>&1; then
    patiently namespace update --namespace "$name" --retention "$retention"
else
    patiently namespace create --namespace "$name" --retention "$retention"
fi

patiently search-attribute list --namespace "$name"
known=$said
for attribute in \
    DealState=Keyword PaymentState=Keyword TopUpState=Keyword WithdrawalState=Keyword DealId=Keyword ContractId=Keyword \
    BuyerId=Keyword SellerId=Keyword Currency=Keyword Bank=KeywordList Amount=Double Flagged=Bool PayBy=Datetime; do
    if ! printf '%s\n' "$known" | grep -qw "${attribute%%=*}"; then
        patiently search-attribute create --namespace "$name" --name "${attribute%%=*}" --type "${attribute##*=}"
    fi
done
