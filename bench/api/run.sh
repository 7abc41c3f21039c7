#!/usr/bin/env bash
# Benchmark of the HTTP API beside a Node peer that serves the same API (Fastify, BullMQ, sharp),
# in one run on one machine:
#
#   PEER=<folder of the peer> bench/api/run.sh [rounds, 3 if not given]
#
# Each system in turn in each round, API processes alone (no worker), from the same data (128 people,
# 50 finished readings each), with rate limits and plans raised but on. wrk sends the same requests to
# all; the tables at the end show medians. Starts a Postgres (fsync on), a Redis and a bucket of its
# own. Needs node 20, npm, wrk, and a quiet machine: about 13 minutes a round. Results as lines of
# JSON in .data/bench-api/results.jsonl; `node bench/api/table.mjs <file>` prints them again.
#
# SECONDS_EACH (8): length of one measurement, doubled for uploads. WARM_UP (2): seconds before it.
# CONNECTIONS ("1 50 400"). PATHS ("limits list one accept"). SYSTEMS: a subset of those below; without a
# peer among them PEER is not needed, and the photos are those of IMAGES (fixtures/images). BIN=<folder>:
# use the programs in it instead of building them.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=stack.sh
source bench/api/stack.sh
# shellcheck source=peer.sh
source bench/api/peer.sh

ROUNDS=${1:-3}
OUT=$FOLDER/results.jsonl
SECONDS_EACH=${SECONDS_EACH:-8}
WARM_UP=${WARM_UP:-2}
CONNECTIONS=${CONNECTIONS:-1 50 400}
SYSTEMS=${SYSTEMS:-ours-1 peer-s3-1 ours-2 peer-s3-2 peer-fs-1}
PATHS=${PATHS:-limits list one accept}
IMAGES=${IMAGES:-fixtures/images}

main() {
  command -v wrk >/dev/null || fail "wrk, the load generator, is missing. Install it with: apt-get install wrk"
  find_programs
  if with_peer; then make_peer; fi
  start_stack
  make_our_seed
  if with_peer; then make_peer_seed; fi
  : >"$OUT"
  local system
  for ((round = 1; round <= ROUNDS; round++)); do
    for system in $SYSTEMS; do
      say "round $round of $ROUNDS: $system"
      measure "$system"
    done
  done
  if with_peer; then
    wire ours-1
    wire peer-s3-1
  fi
  node bench/api/table.mjs "$OUT"
}

with_peer() { [[ $SYSTEMS == *peer* ]]; }

keep() { tee -a "$OUT"; }

# start_system <system> <database> <redis> <port of the bucket>
start_system() {
  case $1 in
    ours-*) start_ours "${1##*-}" "${@:2}" ;;
    peer-s3-*) start_peer s3 "${1##*-}" "${@:2}" ;;
    peer-fs-*) start_peer fs "${1##*-}" "${@:2}" ;;
    *) fail "Unknown system '$1' (examples: ours-1, peer-s3-1, peer-fs-1)." ;;
  esac
}

side_of() { if [[ $1 == ours-* ]]; then echo ours; else echo peer; fi; }

variant_of() {
  case $1 in
    ours-1) echo '1 thread' ;;
    ours-*) echo "${1##*-} threads" ;;
    peer-s3-1) echo '1 process' ;;
    peer-s3-*) echo "${1##*-} processes" ;;
    peer-fs-1) echo '1 process, photos in a folder' ;;
  esac
}

# Each path at each number of connections. The folder variant only measures uploads: it does not affect
# reads. Uploads are measured twice as long: with 400 at once, each takes seconds.
measure() {
  local system=$1 path connections seconds paths=$PATHS
  if [[ $system == peer-fs-* ]]; then paths=accept; fi
  fresh "$(side_of "$system")"
  start_system "$system" "$SERVER/bench_live" "$REDIS_URL" "$BUCKET_PORT"
  # Compilers, caches and pools are warm before the first clock runs.
  for path in $paths; do load "$system" "$path" 16 0 3; done
  for path in $paths; do
    seconds=$SECONDS_EACH
    if [[ $path == accept ]]; then seconds=$((2 * SECONDS_EACH)); fi
    for connections in $CONNECTIONS; do
      sql bench_live -c CHECKPOINT
      load "$system" "$path" "$connections" "$seconds" "$WARM_UP" | keep
      if [[ $path == accept ]]; then empty_bucket; fi
    done
  done
  stop_api
}

# load <system> <path> <connections> <seconds> <seconds to warm up>
load() {
  node bench/api/load.mjs --system "$(side_of "$1")" --variant "$(variant_of "$1")" --path "$2" \
    --connections "$3" --seconds "$4" --warm-up "$5" --round "$round" --api "$API_URL" \
    --images "$IMAGES" --pid "api=$API_PID" --pid "postgres=$POSTGRES_PID" --pid "redis=$REDIS_PID" \
    --pid "bucket=$BOT_PID"
}

# The wire costs of a request.
wire() {
  local system=$1 counter
  fresh "$(side_of "$system")"
  node bench/api/wire.mjs --system "$(side_of "$system")" --variant "$(variant_of "$system")" \
    --api "$API_URL" --images "$IMAGES" --postgres "$POSTGRES_PROXY=$POSTGRES_PORT" \
    --redis "$REDIS_PROXY=$REDIS_PORT" --bucket "$BUCKET_PROXY=$BUCKET_PORT" >>"$OUT" &
  counter=$!
  start_system "$system" "$(through "$SERVER/bench_live" "$POSTGRES_PROXY")" \
    "$(through "$REDIS_URL" "$REDIS_PROXY")" "$BUCKET_PROXY"
  wait "$counter"
  stop_api
}

main
