#!/usr/bin/env bash
# smoke.sh <address>: whether a deployment answers as it should, from outside and without a credential. Repeats for two
# minutes, since a proxy may learn late of what is new.
set -euo pipefail

address=${1:?the public address, such as https://api.example.org}
address=${address%/}

ask() { curl --silent --max-time 10 --output "$2" --write-out '%{http_code}' "$address$1" || true; }

# expect <path> <status> <text in the body>
expect() {
  local path=$1 status=$2 text=$3 got='' body
  body=$(mktemp)
  for _ in {1..24}; do
    got=$(ask "$path" "$body")
    if [[ $got == "$status" && $(<"$body") == *"$text"* ]]; then
      echo "✓ $path: $got"
      rm -f -- "$body"
      return
    fi
    sleep 5
  done
  echo "✗ $path: $got instead of $status with $text:" >&2
  head -c 500 -- "$body" >&2
  rm -f -- "$body"
  exit 1
}

expect /v1/health 200 '"ok"'
expect /v1/ready 200 '"postgres":"ok"'
expect /v1/plans 200 FREE
expect /app/ 200 '<html'
# What is closed is closed.
expect /v1/users/me 401 '"code"'
expect /metrics 404 ''
