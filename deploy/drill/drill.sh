#!/usr/bin/env bash
# `make drill`: breaks what a deployment stands on, brings it back as docs/RELEASES.md and docs/BACKUPS.md say, and measures
# how long that took and what was lost. Real programs, on servers and ports of their own; the sandbox is the world outside.
# The report is .data/drill/report.md and report.json; the exit code says whether every promise was kept.
#
#   SCENARIO=<name>    plays one alone: the name of a file in deploy/drill/scenarios
#   PROFILE=dev        builds without optimisation
#   BIN=<folder>       uses the programs in it instead of building them
#   PREVIOUS=<commit>  the release before, for `previous`; or PREVIOUS_BIN=<folder> with its programs
#
# Needs python3. HAProxy (for `rolling`), rclone (for `bucket`) and age (for `database` and `elsewhere`) are installed if they are
# missing.
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
# shellcheck source=stage.sh
source "$HERE/stage.sh"
# shellcheck source=cluster.sh
source "$HERE/cluster.sh"

FOLDER=$ROOT/.data/drill
LOGS=$FOLDER/logs
RESULTS=$FOLDER/results.jsonl
SCENARIOS=(rolling previous redis api bucket n8n database elsewhere)

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
  exec 7>"$ROOT/.data/drill.lock"
  flock -n 7 || fail "Another 'make drill' is at work in this clone. Wait for it to end."
  : >"$RESULTS"
  play_all
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
  local name status broken=0
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
    ((status == 0)) || result "$name" broken "broke off; see above, and .data/drill/logs/$name"
  done
  python3 "$HERE/report.py" "$RESULTS" "$FOLDER" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" || broken=1
  cat -- "$FOLDER/report.md"
  ((broken == 0)) || fail "Not every promise was kept; the report is .data/drill/report.md."
  done_with "Every promise was kept; the report is .data/drill/report.md."
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

# result <scenario> <verdict: kept|broken> <what was seen> [<seconds until it was back> <its aim> [<seconds lost> <its aim>]]
result() {
  python3 -c 'import json, sys; print(json.dumps(dict(zip(
    ["scenario", "verdict", "seen", "rto_seconds", "rto_aim", "rpo_seconds", "rpo_aim"], sys.argv[1:]))))' "$@" >>"$RESULTS"
}

main "$@"
