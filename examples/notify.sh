#!/usr/bin/env bash
# Signs and posts one notification (RFC 9421) with bash, openssl 3 and curl: notify.sh URL KEY_FILE KEY_ID BODY_FILE
set -euo pipefail

[ $# -eq 4 ] || { echo "usage: $0 https://platform.example institution.key INSTITUTION.KEY body.json" >&2; exit 2; }
scheme=${1%%://*} rest=${1#*://} key=$2 key_id=$3 body=$4
openssl pkey -in "$key" -noout -text | grep -q '^ED25519' || { echo "$key is no Ed25519 key" >&2; exit 2; }

# host and port as the Host header has them: lower case, without the scheme's own port
authority=${rest%%/*} authority=${authority,,}
case $scheme in https) authority=${authority%:443} ;; http) authority=${authority%:80} ;; esac

now=$(date +%s)
nonce=$(openssl rand -hex 16) # a new one for every try
digest="sha-256=:$(openssl dgst -sha256 -binary "$body" | openssl base64 -A):"
covered='"@method" "@authority" "@path" "@query" "content-type" "content-digest"'
params="($covered);created=$now;expires=$((now + 300));nonce=\"$nonce\";keyid=\"$key_id\";tag=\"ventanilla\""

# Ed25519 signs the message itself, and openssl wants that in a file
message=$(mktemp)
trap 'rm -f "$message"' EXIT
printf '%s' "\"@method\": POST
\"@authority\": $authority
\"@path\": /v1/notifications
\"@query\": ?
\"content-type\": application/json
\"content-digest\": $digest
\"@signature-params\": $params" > "$message"
signature=$(openssl pkeyutl -sign -inkey "$key" -rawin -in "$message" | openssl base64 -A)

curl --silent --show-error --fail-with-body --write-out '\n%{http_code}\n' \
  --header 'Content-Type: application/json' --header "Content-Digest: $digest" \
  --header "Signature-Input: sig=$params" --header "Signature: sig=:$signature:" \
  --data-binary "@$body" "$scheme://$authority/v1/notifications"
