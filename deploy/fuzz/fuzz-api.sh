#!/usr/bin/env bash
# `make fuzz-api`: the whole API, with its sandbox and a worker, called in every way that its own
# description allows, and in many that it does not (schemathesis, all checks), and then with encoded paths and
# hostile strings (hostile.py). Services of its own in .data/fuzz, and there the report of a run.
#
#   EXAMPLES=<number>   calls of each operation (100 if not given)
#   SEED=<number>       repeats a run
#
# Needs python3 with venv; schemathesis is installed into .data/fuzz/venv in this version:
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

VERSION=4.32.5

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/packages.sh
source "$ROOT/deploy/local/packages.sh"
# shellcheck source=../local/toolchain.sh
source "$ROOT/deploy/local/toolchain.sh"
# shellcheck source=../local/instance.sh
source "$ROOT/deploy/local/instance.sh"

FOLDER=$ROOT/.data/fuzz
STAGE='' SERVICES=0

main() {
  cd -- "$ROOT"
  require_toolchain
  mkdir -p -- "$FOLDER"
  install_schemathesis
  trap stop EXIT
  start_stage
  fuzz
}

install_schemathesis() {
  [[ $("$FOLDER/venv/bin/schemathesis" --version 2>/dev/null) == *" $VERSION" ]] && return
  python3 -m venv "$FOLDER/venv" || fail "python3 cannot make a virtual environment. On Debian: apt-get install python3-venv"
  "$FOLDER/venv/bin/pip" install --quiet "schemathesis==$VERSION"
}

start_stage() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" start fuzz
  SERVICES=1
  "$ROOT/deploy/local/services.sh" clean fuzz
  addresses=$("$ROOT/deploy/local/services.sh" env fuzz)
  eval "$addresses"
  export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL
  unset DATABASE_URL REDIS_URL
  say "${BOLD}Building…${RESET}"
  cargo build --locked --quiet --package world --example stage
  rm -f -- "$FOLDER/stage.json"
  setsid "${CARGO_TARGET_DIR:-$ROOT/target}/debug/examples/stage" >"$FOLDER/stage.json" 2>"$FOLDER/stage.log" </dev/null &
  STAGE=$!
  wait_until 60 is_set_up || fail "The API did not start; see .data/fuzz/stage.log."
}

is_set_up() { [[ -s $FOLDER/stage.json ]]; }

value() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/" "$FOLDER/stage.json"; }

fuzz() {
  LEAVING=$(value leaving_init_data) WEBHOOK_SECRET=$(value webhook_secret) ANALYSIS_ID=$(value analysis_id)
  export LEAVING WEBHOOK_SECRET ANALYSIS_ID
  local status=0
  # One name for all of its programs: a proof of a person belongs to the program that brings it first.
  local options=(--config-file "$HERE/schemathesis.toml" run "$(value url)/openapi.json"
    --header "X-Telegram-Init-Data: $(value init_data)" --header "User-Agent: schemathesis"
    --max-examples "${EXAMPLES:-100}" --continue-on-failure --max-response-time 10
    --report junit --report-dir "$FOLDER/report")
  if [[ -n ${SEED:-} ]]; then options+=(--seed "$SEED"); fi
  # What strangers send besides is tried in any case.
  "$FOLDER/venv/bin/schemathesis" "${options[@]}" || status=$?
  printf '{"X-Telegram-Init-Data": "%s", "User-Agent": "schemathesis"}' "$(value init_data)" >"$FOLDER/headers.json"
  python3 "$HERE/hostile.py" "$(value url)" "$FOLDER/headers.json" || status=$?
  # The stage looks at the API once more before it goes.
  kill -HUP "$STAGE"
  wait "$STAGE" || fail "The API did not survive; see .data/fuzz/stage.log."
  STAGE=''
  return "$status"
}

stop() {
  if [[ -n $STAGE ]]; then
    kill -HUP "$STAGE" 2>/dev/null || true
    wait "$STAGE" 2>/dev/null || true
  fi
  if ((SERVICES)); then "$ROOT/deploy/local/services.sh" stop fuzz || true; fi
}

main "$@"
