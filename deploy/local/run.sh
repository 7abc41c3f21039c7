#!/usr/bin/env bash
# `make run`: the whole product on this machine. Postgres and Redis, then the sandbox (everything
# outside), the api, the worker; their output here, their logs in .data/run/logs. Ctrl-C stops it
# all in order and leaves the data.
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=say.sh
source "$HERE/say.sh"
# shellcheck source=ports.sh
source "$HERE/ports.sh"
# shellcheck source=packages.sh
source "$HERE/packages.sh"
# shellcheck source=toolchain.sh
source "$HERE/toolchain.sh"
# shellcheck source=instance.sh
source "$HERE/instance.sh"
# shellcheck source=dotenv.sh
source "$HERE/dotenv.sh"
# shellcheck source=world.sh
source "$HERE/world.sh"
# shellcheck source=processes.sh
source "$HERE/processes.sh"

LOGS=$ROOT/.data/run/logs
STOPPING=0 HURRY=0 OWN_SERVICES=0

main() {
  cd -- "$ROOT"
  load_dotenv "$ROOT/.env"
  choose_addresses
  require_toolchain
  require_free_ports
  trap interrupted INT TERM HUP
  start_services
  build
  start_processes
  show_addresses
  watch_processes
}

# First: stop in order. Second: do not wait any more.
interrupted() {
  if ((STOPPING)); then HURRY=1; fi
  STOPPING=1
}

# A step that Ctrl-C cut short is not a failure.
leave_if_interrupted() {
  ((STOPPING)) || return 0
  stop_everything
  exit 0
}

require_free_ports() {
  require_free "the API" "$PORT" "choose another port with PORT=<port>"
  require_free "the sandbox" "${SANDBOX_ADDR##*:}" "choose another address with SANDBOX_ADDR=127.0.0.1:<port>"
  require_free "the sandbox's S3" "${SANDBOX_S3_ADDR##*:}" "choose another address with SANDBOX_S3_ADDR=127.0.0.1:<port>"
  require_free "the sandbox's mail server" "${SANDBOX_SMTP_ADDR##*:}" "choose another address with SANDBOX_SMTP_ADDR=127.0.0.1:<port>"
  require_free "the API's metrics" "${API_METRICS_ADDR##*:}" "choose another address with API_METRICS_ADDR=127.0.0.1:<port>"
  require_free "the worker's metrics" "${WORKER_METRICS_ADDR##*:}" "choose another address with WORKER_METRICS_ADDR=127.0.0.1:<port>"
}

require_free() { # whose, port, what else to do
  if port_answers "$2"; then
    fail "Port $2, which $1 needs, is held by $(port_owner "$2"). Stop it (perhaps another 'make run'), or $3."
  fi
}

start_services() {
  local addresses
  if [[ -z ${DATABASE_URL:-}${REDIS_URL:-} ]]; then OWN_SERVICES=1; fi
  "$HERE/services.sh" start run || {
    leave_if_interrupted
    exit 1
  }
  leave_if_interrupted
  addresses=$("$HERE/services.sh" env run) || exit 1
  eval "$addresses"
  mkdir -p -- "$LOGS"
}

# cargo gets a session of its own, like everything long: on Ctrl-C we end it and wait for it, and
# what it has compiled so far is kept.
build() {
  local cargo status=0
  say "${BOLD}Building api, worker and sandbox…${RESET} (the first time takes some minutes)"
  setsid cargo build --locked --workspace --bins --profile "${PROFILE:-dev}" </dev/null &
  cargo=$!
  wait_until 86400 over_or_stopping "$cargo" || true
  if ((STOPPING)); then kill -TERM -- "-$cargo" 2>/dev/null || true; fi
  wait "$cargo" || status=$?
  leave_if_interrupted
  ((status == 0)) || {
    stop_everything
    fail "The build failed; the lines above say where."
  }
}

over_or_stopping() { ((STOPPING)) || process_gone "$1"; }

start_processes() {
  local folder=${PROFILE:-dev}
  if [[ $folder == dev ]]; then folder=debug; fi
  local binaries=${CARGO_TARGET_DIR:-$ROOT/target}/$folder
  choose_world
  mkdir -p -- "$SANDBOX_DATA_DIR"
  launch sandbox "$binaries/sandbox"
  await_health sandbox "${SANDBOX_ADDR##*:}" /control/health
  leave_if_interrupted
  launch api "$binaries/api"
  await_health api "$PORT" /v1/health
  leave_if_interrupted
  launch worker "$binaries/worker"
}

show_addresses() {
  local sandbox=http://127.0.0.1:${SANDBOX_ADDR##*:} api=http://127.0.0.1:$PORT
  cat <<BLOCK

  ${BOLD}Symancy is running${RESET}

    chat page   ${GREEN}$sandbox/${RESET}   send a photo of a cup here
    mail        ${GREEN}$sandbox/mail${RESET}   the letters to everybody
    admin page  ${GREEN}$api/admin${RESET}   any name, password: $(admin_password)
    API         $api/v1
    metrics     http://$API_METRICS_ADDR/metrics and http://$WORKER_METRICS_ADDR/metrics
    logs        .data/run/logs/

    ${DIM}curl -F photo=@fixtures/coffee-cup.png $sandbox/control/users/1001/messages
    curl $sandbox/control/users/1001/messages${RESET}

  Ctrl-C (or SIGTERM) stops everything; your data stays in .data/run.

BLOCK
}

# The sandbox's own opens nothing; another one must not reach the programs.
admin_password() {
  if [[ $ADMIN_KEY == sandbox-admin-key ]]; then echo "$ADMIN_KEY"; else echo "your ADMIN_KEY"; fi
}

# Sleeps until a signal comes or one of the processes ends by itself.
watch_processes() {
  local name
  until ((STOPPING)); do
    for name in sandbox api worker; do
      running "$name" || died "$name" "ended by itself, so everything is stopped."
    done
    sleep 0.5 &
    wait "$!" || true
  done
  stop_everything
  exit 0
}

# The worker first, with time to finish its step, while the world it talks to is still there.
stop_everything() {
  STOPPING=1
  say ""
  say "Stopping…"
  ask_to_end worker api
  end_within 80 worker
  end_within 15 api
  ask_to_end sandbox
  end_within 10 sandbox
  end_shows
  if ((OWN_SERVICES)); then "$HERE/services.sh" stop run || true; fi
}

main "$@"
