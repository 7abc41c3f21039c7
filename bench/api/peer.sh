# shellcheck shell=bash
# shellcheck disable=SC2034 # the variables are read by the scripts that source this
# The Node peer: a copy with its packages, its tables, its server. Sourced by run.sh; needs stack.sh.
# PEER names its folder, which is not modified.

# Settings that its README.md found best on two cores.
PEER_NODE=(node --v8-pool-size=1 --max-semi-space-size=32)

make_peer() {
  [[ -f ${PEER:-}/server.js ]] || fail "PEER is not the folder of the Node peer. Run: PEER=<folder> bench/api/run.sh"
  mkdir -p "$FOLDER/peer"
  tar -C "$PEER" --exclude=./node_modules -cf - . | tar -C "$FOLDER/peer" -xf -
  (
    cd "$FOLDER/peer" || exit
    npm ci --silent --no-audit --no-fund >/dev/null 2>&1 || npm install --silent --no-audit --no-fund
    if ! compgen -G 'bench/images/*.jpg' >/dev/null; then npm run --silent images; fi
  ) >&2
  IMAGES=$FOLDER/peer/bench/images
}

make_peer_seed() {
  make_database bench_seed_peer
  sql bench_seed_peer -f "$FOLDER/peer/schema.sql"
  seed bench_seed_peer bench/api/seed.peer.sql
}

# start_peer <s3|fs> <processes> <database> <redis> <port of the bucket>
start_peer() {
  local entry=server.js
  if (($2 > 1)); then entry=cluster.js; fi
  env NODE_ENV=production HOST=127.0.0.1 PORT="$API_PORT" LOG_LEVEL=warn API_PROCS="$2" PG_POOL=16 \
    DATABASE_URL="$3" REDIS_URL="$4" BOT_TOKEN="$BOT_TOKEN" API_KEY="$SECRET" \
    STORAGE="$1" STORAGE_DIR="$OBJECTS/files" S3_ENDPOINT="http://127.0.0.1:$5" S3_BUCKET=photos \
    S3_ACCESS_KEY_ID=bench S3_SECRET_ACCESS_KEY="$SECRET" \
    RATE_IP_POINTS="$PLENTY" RATE_USER_POINTS="$PLENTY" DAILY_LIMIT="$PLENTY" MONTHLY_LIMIT="$PLENTY" \
    "${PEER_NODE[@]}" "$FOLDER/peer/$entry" >"$FOLDER/peer.log" 2>&1 &
  API_PID=$!
  until_http "$API_PORT" /v1/health "$FOLDER/peer.log"
}
