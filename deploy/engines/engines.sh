#!/usr/bin/env bash
# `make engines`: the real programs on real engines of a grown deployment (docs/SCALE.md), with a conversation through each:
# a photo and its reading, in the chat and by the API, the history, a payment, many requests at once. The report is
# .data/engines/report.md; the exit code says whether each engine did what it is for.
#
#   SCENARIO=<name>  plays one alone: the name of a file in deploy/engines/scenarios
#   PROFILE=dev      builds without optimisation
#   BIN=<folder>     uses the programs in it instead of building them
#
# Needs python3. PgBouncer, HAProxy and RabbitMQ are installed if they are missing. The publisher's play (rabbitmq) is built in any case.
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

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
# shellcheck source=../local/instance.sh
source "$ROOT/deploy/local/instance.sh"
# shellcheck source=../local/postgres.sh
source "$ROOT/deploy/local/postgres.sh"
# shellcheck source=../local/world.sh
source "$ROOT/deploy/local/world.sh"
# shellcheck source=../local/processes.sh
source "$ROOT/deploy/local/processes.sh"
# shellcheck source=../drill/stage.sh
source "$ROOT/deploy/drill/stage.sh"
# shellcheck source=stage.sh
source "$HERE/stage.sh"

FOLDER=$ROOT/.data/engines
LOGS=$FOLDER/logs
RESULTS=$FOLDER/results.tsv
SCENARIOS=(pgbouncer replica cluster proxy rabbitmq)

main() {
  cd -- "$ROOT"
  if [[ -n ${SCENARIO:-} ]]; then
    [[ -f $HERE/scenarios/$SCENARIO.sh ]] || fail "There is no scenario '$SCENARIO'. Choose one of: ${SCENARIOS[*]}."
    SCENARIOS=("$SCENARIO")
  fi
  command -v python3 >/dev/null || install_packages python3 python3
  find_programs
  mkdir -p -- "$LOGS"
  chmod 0700 -- "$FOLDER"
  exec 7>"$ROOT/.data/engines.lock"
  flock -n 7 || fail "Another 'make engines' is at work in this clone. Wait for it to end."
  : >"$RESULTS"
  play_all
  report
}

find_programs() {
  local folder=${PROFILE:-release}
  [[ -z ${BIN:-} ]] || return 0
  require_toolchain
  say "${BOLD}Building everything…${RESET} (the first time takes some minutes)"
  cargo build --locked --workspace --bins --profile "$folder"
  if [[ $folder == dev ]]; then folder=debug; fi
  BIN=${CARGO_TARGET_DIR:-$ROOT/target}/$folder
}

# Each in a shell of its own, so that one that breaks off leaves the others alone.
play_all() {
  local name status
  for name in "${SCENARIOS[@]}"; do
    say ""
    say "${BOLD}$name${RESET}"
    # Not as a condition, in which `set -e` would not hold.
    set +e
    (
      set -e
      play_one "$name"
    )
    status=$?
    set -e
    ((status == 0)) || result "$name" no 0 "broke off; see above, and .data/engines/logs/$name"
  done
}

play_one() {
  LOGS=$FOLDER/logs/$1
  rm -rf -- "$LOGS"
  mkdir -p -- "$LOGS"
  trap stop_everything EXIT
  trap 'exit 130' INT TERM HUP
  # shellcheck disable=SC1090 # the name was checked
  source "$HERE/scenarios/$1.sh"
  play
}

# result <engine> <works: yes|no> <seconds> <what was seen>
result() {
  local IFS=$'\t'
  printf '%s\n' "$*" >>"$RESULTS"
}

report() {
  local commit
  commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
  {
    printf '# Engines, %s, commit %s\n\n' "$(date -u +%FT%TZ)" "$commit"
    printf '| engine | works | seconds | seen |\n| --- | --- | --- | --- |\n'
    awk -F '\t' '{ printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }' "$RESULTS"
  } >"$FOLDER/report.md"
  cat -- "$FOLDER/report.md"
  if grep -q $'\tno\t' "$RESULTS"; then
    fail "Not every engine did what it is for; the report is .data/engines/report.md."
  fi
  done_with "Every engine did what it is for; the report is .data/engines/report.md."
}

main "$@"
