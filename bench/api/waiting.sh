#!/usr/bin/env bash
# The cost of clients that wait on one API process, and how soon they get the result: 1000 clients of
# the event stream, and 1000 of `Prefer: wait=60`. A fresh process each time.
#
#   bench/api/waiting.sh [clients, 1000 if not given]
#
# Memory of a waiting client, connections to Postgres and statements a second meanwhile, and the time
# from the commit of the result until all have it: readings of their own, the same reading for all, and
# (`silent`) with no announcement in Redis. Needs node 20; about 3 minutes. Results as lines of JSON in
# .data/bench-api/waiting.jsonl. BIN=<folder>: use the programs in it instead of building them.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=stack.sh
source bench/api/stack.sh

CLIENTS=${1:-1000}
OUT=$FOLDER/waiting.jsonl

main() {
  find_programs
  ulimit -n "$(ulimit -H -n)"
  start_stack
  make_our_seed
  sql bench_seed_ours -v clients="$CLIENTS" -f bench/api/seed.waiting.sql
  : >"$OUT"
  local how news
  for how in events wait; do
    for news in own one silent; do measure "$how" "$news" | tee -a "$OUT"; done
  done
  table
}

measure() { # events|wait own|one|silent
  local client pid_file=$FOLDER/api.pid
  fresh ours
  rm -f -- "$pid_file"
  node bench/api/waiting.mjs --how "$1" --news "$2" --clients "$CLIENTS" --pid "$pid_file" \
    --api "$API_URL" --database "$SERVER/bench_live" --redis "$REDIS_URL" \
    --postgres "$POSTGRES_PROXY=$POSTGRES_PORT" --channel symancy:changed:analyses --idle 10 &
  client=$!
  start_ours 2 "$(through "$SERVER/bench_live" "$POSTGRES_PROXY")" "$REDIS_URL" "$BUCKET_PORT"
  echo "$API_PID" >"$pid_file"
  wait "$client"
  stop_api
}

table() {
  # shellcheck disable=SC2016 # JavaScript
  node -e '
    const rows = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map(JSON.parse)
    const how = { events: "event stream", wait: "`Prefer: wait=60`" }
    const news = { own: "each its own reading", one: "all the same reading", silent: "each its own, Redis silent" }
    console.log("| clients | waiting by | for | KB a client | Postgres connections before | meanwhile | statements/s | CPU/s | first told ms | median | all told |")
    console.log("|" + " --- |".repeat(11))
    for (const r of rows) console.log(`| ${[r.clients, how[r.how], news[r.news], r.kb_per_client, r.postgres_connections_before, r.postgres_connections, r.statements_per_second, r.cpu_while_waiting, r.first_told_ms, r.p50_told_ms, r.all_told_ms].join(" | ")} |`)
  ' "$OUT"
}

main
