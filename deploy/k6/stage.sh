# shellcheck shell=bash
# shellcheck disable=SC2034 # some variables are read by the scripts that this sources and by k6.sh
# The stage of a load test: services and ports of its own, the programs, a seeded population, and what watches them.
# Sourced by k6.sh; needs what that sources.

STOPPING=0 HURRY=0 SERVICES=0 WATCH='' SWEEP='' LOAD=''

start_stage() {
  start_services
  choose_ports
  choose_addresses
  SANDBOX_DATA_DIR=$FOLDER/sandbox
  choose_world
  choose_plenty
  export API_URL=http://127.0.0.1:$PORT SANDBOX_URL=http://127.0.0.1:${SANDBOX_ADDR##*:}
  export BOT_TOKEN=$TELEGRAM_BOT_TOKEN SANDBOX_DATA_DIR
  mkdir -p -- "$SANDBOX_DATA_DIR"
  launch sandbox "$BIN/sandbox"
  await_health sandbox "${SANDBOX_ADDR##*:}" /control/health
  launch api "$BIN/api"
  await_health api "$PORT" /v1/health
  seed
}

# Everything begins anew, so that the ledger tells of this run alone.
start_services() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" stop k6
  (cd -- "$FOLDER" && rm -rf -- postgres redis sandbox)
  SERVICES=1
  "$ROOT/deploy/local/services.sh" start k6
  addresses=$("$ROOT/deploy/local/services.sh" env k6)
  eval "$addresses"
  read -r POSTGRES_PID <"$FOLDER/postgres/postmaster.pid"
  read -r REDIS_PID <"$FOLDER/redis/redis.pid"
  export PATH=$PATH:${PG_BIN:-$(echo /usr/lib/postgresql/*/bin)}
}

choose_ports() {
  export API_METRICS_ADDR WORKER_METRICS_ADDR SANDBOX_ADDR SANDBOX_S3_ADDR SANDBOX_SMTP_ADDR
  free_port PORT 3310
  free_port API_METRICS_ADDR 9764 127.0.0.1:
  free_port WORKER_METRICS_ADDR $((${API_METRICS_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_ADDR 4310 127.0.0.1:
  free_port SANDBOX_S3_ADDR $((${SANDBOX_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_SMTP_ADDR $((${SANDBOX_S3_ADDR##*:} + 1)) 127.0.0.1:
}

# A crowd from one address, more messages than Telegram takes, and as many steps that wait for the AI as all workers
# together may have (AI_RUNNING). Limits are raised and not turned off: they are a part of what a request costs.
choose_plenty() {
  local plenty=2000000000
  export RATE_LIMIT_IP=$plenty RATE_LIMIT_USER=$plenty RATE_LIMIT_AUTH=$plenty RATE_LIMIT_AI=$plenty
  export TELEGRAM_PER_SECOND=10000 AI_DAILY_BUDGET_USD=unlimited AI_DAILY_BUDGET_USD_PER_USER=unlimited
  default WORKER_ANALYSIS_CONCURRENCY 64
  export LOG_LEVEL=warn RUST_LOG=warn
}

sql() { psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }

# consent TERMS|PRIVACY: the version that a person agrees to.
consent() { sed -n "s/^pub const $1: &str = \"\(.*\)\";/\1/p" "$ROOT/shared/people/src/users/model.rs"; }

seed() {
  say "Making $PEOPLE people with a history…"
  sql -v people="$PEOPLE" -v reading="$(<"$ROOT/bench/api/reading.json")" -v terms="$(consent TERMS)" \
    -v privacy="$(consent PRIVACY)" -f "$ROOT/k6/seed.sql"
  sql -c CHECKPOINT
}

# watch_processes <name>=<process>...: those of the stage, and these.
watch_processes() {
  python3 "$HERE/watch.py" "$REPORT/watch.csv" 2 "$DATABASE_URL" "api=${CHILDREN[api]}" "worker=${CHILDREN[worker]}" \
    "sandbox=${CHILDREN[sandbox]}" "postgres=$POSTGRES_PID" "redis=$REDIS_PID" "$@" </dev/null 7>&- &
  WATCH=$!
}

# The soak would fill the disk with photos, 40 GB of them: those of ten minutes ago have long been read.
sweep_bucket() {
  (while sleep 60; do find "$SANDBOX_DATA_DIR/s3" -type f -not -newermt '-10 minutes' -delete; done) </dev/null 7>&- &
  SWEEP=$!
}

stop_watching() {
  [[ -n $WATCH ]] || return 0
  kill "$WATCH" 2>/dev/null || true
  wait "$WATCH" 2>/dev/null || true
  WATCH=''
}

# The load first, then the worker, with time to finish its step, while the world it talks to is still there.
stop_everything() {
  STOPPING=1
  if [[ -n $LOAD ]]; then kill -TERM -- "-$LOAD" 2>/dev/null || true; fi
  if [[ -n $SWEEP ]]; then kill "$SWEEP" 2>/dev/null || true; fi
  stop_watching
  ask_to_end worker api
  end_within 20 worker
  end_within 15 api
  ask_to_end sandbox
  end_within 10 sandbox
  end_shows
  if ((SERVICES)); then "$ROOT/deploy/local/services.sh" stop k6 || true; fi
}
