# shellcheck shell=bash source-path=SCRIPTDIR
# shellcheck disable=SC2034 # the variables are read by the scripts that source this
# The environment of both API benchmarks: private services and a bucket, databases with the same data
# for both sides, the API and the peer as single processes. Sourced by run.sh and waiting.sh,
# from the root of the clone.

# shellcheck source=../../deploy/local/say.sh
source deploy/local/say.sh
# shellcheck source=../../deploy/local/ports.sh
source deploy/local/ports.sh

FOLDER=$PWD/.data/bench-api
SECRET=bench-secret
API_PORT=4900 BOT_PORT=4910 BUCKET_PORT=4911
# Where the counting proxies listen.
POSTGRES_PROXY=4920 REDIS_PROXY=4921 BUCKET_PROXY=4922
API_URL=http://127.0.0.1:$API_PORT
# In memory, because a real bucket would not use the disk of this machine.
OBJECTS=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" bench-api-XXXXXX)
export BOT_TOKEN=4010:bench-token-not-a-secret
# Limits are raised and never turned off: they are part of the cost of a request.
PLENTY=2000000000
API_PID='' BOT_PID=''

# The programs: a release build, or those in the folder BIN.
find_programs() {
  if [[ -z ${BIN:-} ]]; then
    cargo build --release --locked -p api -p sandbox
    BIN=${CARGO_TARGET_DIR:-target}/release
  fi
  command -v node >/dev/null || fail "Node, which drives the benchmark, is missing. Install Node 20 or newer."
  mkdir -p "$FOLDER"
}

start_stack() {
  trap stop_stack EXIT
  local port
  for port in $API_PORT $BOT_PORT $BUCKET_PORT $POSTGRES_PROXY $REDIS_PROXY $BUCKET_PROXY; do
    ! port_answers "$port" || fail "Port $port, which the benchmark needs, is held by $(port_owner "$port")."
  done
  deploy/local/services.sh start bench
  eval "$(deploy/local/services.sh env bench)"
  SERVER=${DATABASE_URL%/*}
  read -r POSTGRES_PID <.data/bench/postgres/postmaster.pid
  read -r REDIS_PID <.data/bench/redis/redis.pid
  read -r POSTGRES_PORT REDIS_PORT <.data/bench/ports
  export PATH=$PATH:${PG_BIN:-$(echo /usr/lib/postgresql/*/bin)}
  start_bucket
}

stop_stack() {
  stop_api
  if [[ -n $BOT_PID ]]; then end "$BOT_PID"; fi
  rm -rf -- "$OBJECTS"
  deploy/local/services.sh stop bench || true
}

# Terminates a process and waits for it. The peer's cluster needs a kill.
end() {
  local n
  kill "$1" 2>/dev/null || true
  for ((n = 0; n < 50; n++)); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$1" 2>/dev/null; then
    pkill -KILL -P "$1" || true
    kill -KILL "$1" 2>/dev/null || true
  fi
  wait "$1" 2>/dev/null || true
}

# until_http <port> <path> <log>
until_http() {
  local n
  for ((n = 0; n < 300; n++)); do
    if http_ok "$1" "$2"; then return; fi
    sleep 0.1
  done
  show_tail "$3" 20
  fail "No answer from 127.0.0.1:$1$2."
}

# The sandbox: the bucket of both sides, and the Bot API that our API calls at its start.
start_bucket() {
  mkdir -p "$OBJECTS/files"
  env SANDBOX_ADDR=127.0.0.1:$BOT_PORT SANDBOX_S3_ADDR=127.0.0.1:$BUCKET_PORT SANDBOX_SMTP_ADDR=127.0.0.1:0 \
    SANDBOX_DATA_DIR="$OBJECTS/sandbox" S3_ACCESS_KEY_ID=bench S3_SECRET_ACCESS_KEY=$SECRET \
    SANDBOX_BUCKET=photos RUST_LOG=warn "$BIN/sandbox" >"$FOLDER/sandbox.log" 2>&1 &
  BOT_PID=$!
  until_http $BOT_PORT /control/faults "$FOLDER/sandbox.log"
}

# Deletes the stored objects, except those still being written.
empty_bucket() {
  sleep 1
  find "$OBJECTS/sandbox/s3" "$OBJECTS/files" -type f -not -newermt '-1 second' -delete 2>/dev/null || true
}

sql() { # database, psql's arguments
  psql -X -q -v ON_ERROR_STOP=1 "$SERVER/$1" "${@:2}"
}

# seed <database> <file>: runs a file in a database; it may name :reading.
seed() { sql "$1" -v reading="$(<bench/api/reading.json)" -f "$2"; }

make_database() { # name, arguments of CREATE DATABASE
  sql symancy -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)"
  sql symancy -c "CREATE DATABASE $1 ${2:-}"
}

# The data of our side: the API creates its tables.
make_our_seed() {
  make_database bench_seed_ours
  start_ours 1 "$SERVER/bench_seed_ours" "$REDIS_URL" $BUCKET_PORT
  stop_api
  seed bench_seed_ours bench/api/seed.ours.sql
}

# fresh <ours|peer>: a new database from the seed, an empty Redis, an empty bucket.
fresh() {
  make_database bench_live "TEMPLATE bench_seed_$1"
  sql bench_live -c 'VACUUM ANALYZE' -c CHECKPOINT
  redis-cli -u "$REDIS_URL" --no-auth-warning FLUSHALL >/dev/null
  redis-cli -u "$REDIS_URL" --no-auth-warning BGREWRITEAOF >/dev/null
  empty_bucket
}

# start_ours <threads> <database> <redis> <port of the bucket>
start_ours() {
  env API_THREADS="$1" DATABASE_URL="$2" REDIS_URL="$3" S3_ENDPOINT="http://127.0.0.1:$4" \
    S3_BUCKET=photos S3_REGION=us-east-1 S3_ACCESS_KEY_ID=bench S3_SECRET_ACCESS_KEY=$SECRET \
    API_HOST=127.0.0.1 PORT=$API_PORT LOG_LEVEL=warn DATABASE_POOL_SIZE=16 \
    TELEGRAM_BOT_TOKEN=$BOT_TOKEN TELEGRAM_API_URL=http://127.0.0.1:$BOT_PORT/telegram \
    TELEGRAM_WEBHOOK_URL=$API_URL/v1/webhooks/telegram TELEGRAM_WEBHOOK_SECRET=$SECRET \
    ABUSE_MEMORY_SECRET=a-secret-of-the-bench-of-32-bytes \
    OPENROUTER_API_KEY=sandbox OPENROUTER_BASE_URL=http://127.0.0.1:$BOT_PORT/openrouter/api/v1 \
    RATE_LIMIT_IP=$PLENTY RATE_LIMIT_USER=$PLENTY RATE_LIMIT_KEY=$PLENTY RATE_LIMIT_AI=$PLENTY \
    "$BIN/api" >"$FOLDER/api.log" 2>&1 &
  API_PID=$!
  until_http $API_PORT /v1/health "$FOLDER/api.log"
}

stop_api() {
  if [[ -n $API_PID ]]; then end "$API_PID"; fi
  API_PID=''
}

# through <address> <port>: the same address by way of a proxy.
through() { sed -E "s|@127\.0\.0\.1:[0-9]+|@127.0.0.1:$2|" <<<"$1"; }
