#!/usr/bin/env bash
# A credential for kubectl within GitHub Actions: the job's OIDC token for one audience. It is good for some minutes, so kubectl
# asks for one whenever it needs it.
set -euo pipefail

audience=$1
# The token of the request comes by the input, not among the arguments.
answer=$(printf 'header = "Authorization: Bearer %s"\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
  curl --config - --fail --silent --show-error --max-time 20 "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$audience")
jq --null-input --argjson answer "$answer" '{
  apiVersion: "client.authentication.k8s.io/v1",
  kind: "ExecCredential",
  status: {
    token: $answer.value,
    expirationTimestamp: ($answer.value | split(".")[1] | gsub("-"; "+") | gsub("_"; "/") |
      . + "=" * ((4 - length % 4) % 4) | @base64d | fromjson.exp | todate)
  }
}'
