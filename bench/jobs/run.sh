#!/usr/bin/env bash
# Benchmark of the job layer, BullMQ and pgbench, in one run on one machine:
#
#   bench/jobs/run.sh [rounds, 3 if not given]
#
# Each round runs all of them in turn; the table shows medians. Starts a Postgres of its own (fsync on)
# and, for BullMQ, a Redis with its defaults and one with appendfsync always. Needs node 20 and npm for
# BullMQ, pgbench (comes with Postgres), and a quiet machine: about 4 minutes a round on 2 cores.
# Results as lines of JSON in .data/bench-jobs/results.jsonl.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

ROUNDS=${1:-3}
FOLDER=$PWD/.data/bench-jobs
OUT=$FOLDER/results.jsonl
WORKER=${CARGO_TARGET_DIR:-target}/release/worker
BENCH=${CARGO_TARGET_DIR:-target}/release/bench-jobs
REDIS_PORT=63900

main() {
  cargo build --release --locked -p worker -p bench-jobs
  (cd bench/jobs/bullmq && npm install --silent --no-audit --no-fund)
  mkdir -p "$FOLDER"
  : >"$OUT"
  trap stop EXIT
  deploy/local/services.sh start bench
  eval "$(deploy/local/services.sh env bench)"
  export PATH=$PATH:${PG_BIN:-$(echo /usr/lib/postgresql/*/bin)}
  for ((round = 1; round <= ROUNDS; round++)); do
    echo "round $round of $ROUNDS" >&2
    ours
    ceiling
    bullmq default
    bullmq always
  done
  table
}

stop() {
  bench/jobs/redis.sh stop "$FOLDER/redis" 2>/dev/null || true
  deploy/local/services.sh stop bench || true
}

keep() { tee -a "$OUT"; }

ours() {
  local workers concurrency
  for concurrency in 1 10 100; do
    for workers in 1 2; do "$BENCH" drain "$WORKER" "$workers" "$concurrency" 100000 | keep; done
  done
  for workers in 1 2; do "$BENCH" latency "$WORKER" "$workers" 10 50 20 | keep; done
}

# With as many concurrent claims and completions as a worker has, and with its batch sizes.
ceiling() {
  local clients room
  for clients in 1 2; do
    for room in 64 256; do "$BENCH" ceiling "$clients" "$room" 100000 | keep; done
  done
}

bullmq() { # default|always
  local url=redis://127.0.0.1:$REDIS_PORT workers concurrency
  mkdir -p "$FOLDER/redis"
  bench/jobs/redis.sh start "$FOLDER/redis" "$REDIS_PORT" "$1" >&2
  for concurrency in 1 10 100; do
    for workers in 1 2; do
      node bench/jobs/bullmq/bench.mjs --redis "$url" --jobs 50000 --workers "$workers" --concurrency "$concurrency" | keep
    done
  done
  for workers in 1 2; do
    node bench/jobs/bullmq/bench.mjs --redis "$url" --mode latency --rate 50 --seconds 20 --workers "$workers" --concurrency 10 | keep
  done
  bench/jobs/redis.sh stop "$FOLDER/redis" >&2
}

# Medians of all rounds, one line a configuration.
table() {
  node -e '
    const rows = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map(JSON.parse)
    const key = r => [r.system + (r.durability ? " " + r.durability : ""), r.mode, r.workers ?? r.clients, r.concurrency ?? r.room].join(" | ")
    const groups = Map.groupBy ? Map.groupBy(rows, key) : rows.reduce((m, r) => m.set(key(r), [...(m.get(key(r)) ?? []), r]), new Map())
    const median = (all, field) => all.map(r => r[field]).filter(v => v != null).sort((a, b) => a - b)[Math.floor((all.length - 1) / 2)] ?? ""
    console.log("system | mode | workers | concurrency | jobs/s | p50 ms | p99 ms")
    for (const [k, all] of groups) console.log([k, median(all, "per_second"), median(all, "p50_ms"), median(all, "p99_ms")].join(" | "))
  ' "$OUT"
}

main "$@"
