#!/usr/bin/env bash
# What the count of a request costs in Redis: CPU of a call and bytes of a bucket, of our script beside the one of a fixed
# window (a counter that ends with its first request's minute).
#
#   REDIS_URL=redis://127.0.0.1:6379 bench/limits.sh [calls, 200000 if not given]
#
# Needs redis-cli and redis-benchmark (with Redis). Writes keys that begin with `bench:limits:`, and deletes them.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

CALLS=${1:-200000}
SOURCE=shared/people/src/rate_limits
FIXED="local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) return {1, ARGV[2]} end
return {used, redis.call('PTTL', KEYS[1])}"

cli() { redis-cli -u "$REDIS_URL" "$@" 2>/dev/null; }

# Seconds of CPU that Redis has used.
cpu() { cli INFO cpu | tr -d '\r' | awk -F: '/^used_cpu_(user|sys):/ { sum += $2 } END { printf "%.6f", sum }'; }

# Name, key, SHA-1 of the script, its arguments.
run() {
  local name=$1 key=bench:limits:$2 script=$3
  shift 3
  cli DEL "$key" >/dev/null
  local before
  before=$(cpu)
  redis-benchmark -u "$REDIS_URL" -q -n "$CALLS" -c 20 -P 16 EVALSHA "$script" "$@" >/dev/null 2>&1
  printf '| %s | %s | %s |\n' "$name" "$(awk "BEGIN { printf \"%.1f\", ($(cpu) - $before) * 1000000 / $CALLS }")" \
    "$(cli MEMORY USAGE "$key" SAMPLES 0)"
  cli DEL "$key" >/dev/null
}

sliding=$(cli SCRIPT LOAD "$(cat $SOURCE/clock.lua $SOURCE/window.lua)")
fixed=$(cli SCRIPT LOAD "$FIXED")
echo '| count | µs of CPU a call | bytes of the bucket |'
echo '| --- | --- | --- |'
run 'fixed window, admitted' fixed "$fixed" 1 bench:limits:fixed 100000000 60000
# Limits that are never reached, in a window so short that groups come and go; then one that refuses almost all.
run 'sliding, admitted' one "$sliding" 1 bench:limits:one 1 1 100000000 1000 0 50
run 'sliding, refused' full "$sliding" 1 bench:limits:full 1 1 120 60000 60000 3000
run 'sliding, two limits, admitted' two "$sliding" 2 bench:limits:two bench:limits:other \
  1 2 100000000 1000 0 50 100000000 1000 0 50
cli DEL bench:limits:other >/dev/null
