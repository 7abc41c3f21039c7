#!/usr/bin/env bash
# `make chaos`: breaks everything while jobs run, on real processes and on a Postgres and a Redis of
# its own (.data/chaos), and counts what was lost. Minutes long; the report is in
# .data/chaos/report.md, what each process said in .data/chaos/logs/<scenario>/.
#
#   SEED=<number>      repeats the faults of a run (each run prints its seed first)
#   SCENARIO=<name>    plays one alone
#   RATE=<number>      jobs a second
#   PEOPLE=<number>    of the scenario crowd
#   PROFILE=dev        builds without optimisation
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=say.sh
source "$HERE/say.sh"
# shellcheck source=packages.sh
source "$HERE/packages.sh"
# shellcheck source=toolchain.sh
source "$HERE/toolchain.sh"
# shellcheck source=instance.sh
source "$HERE/instance.sh"

STOPPING=0 STARTED=0

main() {
  local folder=${PROFILE:-release} addresses
  cd -- "$ROOT"
  # The suite ends and kills its servers, so they are always its own.
  unset DATABASE_URL REDIS_URL
  require_toolchain
  mkdir -p -- "$ROOT/.data"
  one_at_a_time
  trap stop_services EXIT
  trap 'STOPPING=1' INT TERM HUP
  say "${BOLD}Building api, worker and the suite…${RESET} (the first time takes some minutes)"
  under_watch cargo build --locked --profile "$folder" -p api -p worker -p chaos --bins
  STARTED=1
  "$HERE/services.sh" start chaos
  "$HERE/services.sh" clean chaos
  addresses=$("$HERE/services.sh" env chaos)
  eval "$addresses"
  export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL
  unset DATABASE_URL REDIS_URL
  if [[ $folder == dev ]]; then folder=debug; fi
  under_watch "${CARGO_TARGET_DIR:-$ROOT/target}/$folder/chaos"
}

one_at_a_time() {
  exec 8>"$ROOT/.data/chaos.lock"
  flock -n 8 || fail "Another 'make chaos' is at work in this clone. Wait for it to end."
}

# A session of its own, and ended with it; what is frozen has to be woken to hear that it shall end.
under_watch() {
  local child status=0
  setsid "$@" </dev/null 8>&- &
  child=$!
  wait_until 86400 over_or_stopping "$child" || true
  if ((STOPPING)); then
    kill -TERM -- "-$child" 2>/dev/null || true
    kill -CONT -- "-$child" 2>/dev/null || true
  fi
  wait "$child" || status=$?
  ((STOPPING == 0)) || exit 130
  ((status == 0)) || exit "$status"
}

over_or_stopping() { ((STOPPING)) || process_gone "$1"; }

stop_services() {
  ((STARTED)) || return 0
  STARTED=0
  "$HERE/services.sh" stop chaos || true
}

main "$@"
