#!/usr/bin/env bash
# `make n8n`: a real n8n, with the workflows of workflows/n8n/, plays a conversation with the product and the
# sandbox (play.mjs). n8n is installed into .data/n8n/program the first time: 1.8 GB, some minutes. Services and
# databases of its own, which each run begins anew; the report is .data/n8n/report.md, logs are in .data/n8n/logs/.
#
# Needs Node 20.19 or newer with npm, which is installed into .data if it is missing.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

VERSION=1.123.81

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/ports.sh
source "$ROOT/deploy/local/ports.sh"
# shellcheck source=../local/packages.sh
source "$ROOT/deploy/local/packages.sh"
# shellcheck source=../local/toolchain.sh
source "$ROOT/deploy/local/toolchain.sh"
# shellcheck source=../local/node.sh
source "$ROOT/deploy/local/node.sh"
# shellcheck source=../local/world.sh
source "$ROOT/deploy/local/world.sh"

FOLDER=$ROOT/.data/n8n
PROGRAM=$FOLDER/program
SERVICES=0

main() {
  cd -- "$ROOT"
  require_toolchain
  require_node
  mkdir -p -- "$PROGRAM"
  exec 7>"$ROOT/.data/n8n.lock"
  flock -n 7 || fail "Another 'make n8n' is at work in this clone. Wait for it to end."
  install_n8n
  say "${BOLD}Building…${RESET}"
  cargo build --locked --workspace --bins
  trap stop EXIT
  trap 'exit 130' INT TERM HUP
  start_services
  choose_ports
  choose_addresses
  SANDBOX_DATA_DIR=$FOLDER/sandbox
  choose_world
  export ROOT FOLDER PROGRAM SANDBOX_DATA_DIR BINARIES="${CARGO_TARGET_DIR:-$ROOT/target}/debug"
  node "$HERE/play.mjs" 7>&-
  done_with "n8n $VERSION has played everything; the report is .data/n8n/report.md."
}

# Two of its packages are not to be had from the npm registry in the version that it names. Their install scripts
# would download programs: only the two that have to be compiled run.
install_n8n() {
  local installed=$PROGRAM/installed
  [[ $(cat "$installed" 2>/dev/null) == "$VERSION" ]] && return
  printf '{"private":true,"dependencies":{"n8n":"%s"},"overrides":{"xlsx":"0.18.5","isolated-vm":"5.0.4"}}\n' "$VERSION" >"$PROGRAM/package.json"
  show_progress "Installing n8n $VERSION (first time only, some minutes)…" "$FOLDER/install.log" \
    npm --prefix "$PROGRAM" install --ignore-scripts --no-audit --no-fund --loglevel=error ||
    fail "n8n could not be installed; see .data/n8n/install.log."
  show_progress "Compiling its parts…" "$FOLDER/install.log" npm --prefix "$PROGRAM" rebuild sqlite3 isolated-vm ||
    fail "n8n could not be compiled; see .data/n8n/install.log."
  echo "$VERSION" >"$installed"
}

# Update numbers begin anew with the sandbox, so the database has to as well.
start_services() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" stop n8n
  (cd -- "$FOLDER" && rm -rf -- postgres redis sandbox home logs)
  SERVICES=1
  "$ROOT/deploy/local/services.sh" start n8n
  addresses=$("$ROOT/deploy/local/services.sh" env n8n)
  eval "$addresses"
}

choose_ports() {
  free_port N8N_PORT 5690
  free_port N8N_BROKER_PORT $((N8N_PORT + 1))
  free_port PORT 3110
  export API_METRICS_ADDR WORKER_METRICS_ADDR SANDBOX_ADDR SANDBOX_S3_ADDR SANDBOX_SMTP_ADDR
  free_port API_METRICS_ADDR 9564 127.0.0.1:
  free_port WORKER_METRICS_ADDR $((${API_METRICS_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_ADDR 4110 127.0.0.1:
  free_port SANDBOX_S3_ADDR $((${SANDBOX_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_SMTP_ADDR $((${SANDBOX_S3_ADDR##*:} + 1)) 127.0.0.1:
}

stop() {
  if ((SERVICES)); then "$ROOT/deploy/local/services.sh" stop n8n || true; fi
}

main "$@"
