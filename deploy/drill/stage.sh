# shellcheck shell=bash
# shellcheck disable=SC2034,SC2317 # some variables and functions are used by what sources this
# What the scenarios of a drill stand on. Sourced by drill.sh; needs what that sources.

STOPPING=0 HURRY=0 SERVICES=0 LOAD='' PROXY=''

# What the programs print is in LOGS: here the steps are told.
show() { :; }

ask() { python3 "$HERE/ask.py" "$@" 7>&-; }
chat() { python3 -B "$HERE/chat.py" "$@" 7>&-; }
now() { date +%s.%N; }
# since <time of now>: seconds, with a tenth.
since() { awk -v then="$1" -v now="$(now)" 'BEGIN { printf "%.1f", now - then }'; }

# start_stage: an empty Postgres and Redis, the sandbox, and the settings of all programs.
start_stage() {
  start_services
  choose_world_of_drill
  start_sandbox
}

start_services() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" stop drill
  (cd -- "$FOLDER" && rm -rf -- postgres redis)
  SERVICES=1
  "$ROOT/deploy/local/services.sh" start drill
  addresses=$("$ROOT/deploy/local/services.sh" env drill)
  eval "$addresses"
  export PATH=$PATH:${PG_BIN:-$(echo /usr/lib/postgresql/*/bin)}
}

# People meet the API at PORT: that of the API, or of the proxy in front of two.
choose_world_of_drill() {
  export API_METRICS_ADDR WORKER_METRICS_ADDR SANDBOX_ADDR SANDBOX_S3_ADDR SANDBOX_SMTP_ADDR
  free_port PORT 3410
  free_port API_METRICS_ADDR 9864 127.0.0.1:
  free_port WORKER_METRICS_ADDR $((${API_METRICS_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_ADDR 4410 127.0.0.1:
  free_port SANDBOX_S3_ADDR $((${SANDBOX_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_SMTP_ADDR $((${SANDBOX_S3_ADDR##*:} + 1)) 127.0.0.1:
  export SANDBOX_DATA_DIR=$FOLDER/sandbox
  choose_addresses
  choose_world
  export API_URL=http://127.0.0.1:$PORT N8N_API_KEY
  # The load comes from one address, and is another person each time.
  export ENABLE_RATE_LIMITING=false AI_DAILY_BUDGET_USD=unlimited AI_DAILY_BUDGET_USD_PER_USER=unlimited
  export TELEGRAM_PER_SECOND=10000 TRUSTED_PROXIES=127.0.0.0/8 LOG_LEVEL=warn RUST_LOG=warn
}

# What died of Postgres and Redis is started where it was.
revive_services() { env -u DATABASE_URL -u REDIS_URL "$ROOT/deploy/local/services.sh" start drill; }

start_sandbox() {
  (cd -- "$FOLDER" && rm -rf -- sandbox)
  mkdir -p -- "$SANDBOX_DATA_DIR"
  launch sandbox "$BIN/sandbox"
  await_health sandbox "${SANDBOX_ADDR##*:}" /control/health
}

start_programs() {
  launch api "$BIN/api"
  await_ready "$PORT"
  launch worker "$BIN/worker"
}

# await_ready <port>: until the API there wants requests.
await_ready() { wait_until 60 http_ok "$1" /v1/ready || fail "The API on port $1 is not ready after a minute; see ${LOGS#"$ROOT"/}."; }

# await_status <what /v1/ready shall say>
await_status() {
  wait_until 60 says "$1" || fail "/v1/ready does not say '$1' within a minute, but '$(ask status "$API_URL")'."
}
says() { [[ $(ask status "$API_URL") == "$1" ]]; }

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "${1:-$DATABASE_URL}" -c "$2"; }

# smoke: as after a release, from outside.
smoke() {
  command -v curl >/dev/null || install_packages curl curl
  "$ROOT/deploy/smoke/smoke.sh" "$API_URL" >"$LOGS/smoke.log"
}

# kill_hard <name>: SIGKILL, as by a fault.
kill_hard() {
  kill -KILL "${CHILDREN[$1]}"
  wait_until 10 process_gone "${CHILDREN[$1]}"
}

# end_orderly <name> <seconds>: SIGTERM, as a release does it.
end_orderly() {
  ask_to_end "$1"
  wait_until "$2" process_gone "${CHILDREN[$1]}" || fail "$1 has not ended $2 s after SIGTERM."
}

stop_everything() {
  STOPPING=1
  if [[ -n $LOAD ]]; then kill -TERM "$LOAD" 2>/dev/null || true; fi
  ask_to_end worker worker-2 api api-2 n8n
  for name in worker worker-2 api api-2; do end_within 20 "$name"; done
  if [[ -n $PROXY ]]; then kill -TERM "$PROXY" 2>/dev/null || true; fi
  # While there is a bucket for the end of its WAL.
  stop_cluster
  ask_to_end sandbox
  end_within 10 sandbox
  if ((SERVICES)); then "$ROOT/deploy/local/services.sh" stop drill || true; fi
}
