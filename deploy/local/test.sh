#!/usr/bin/env bash
# `make test`: the whole suite against a Postgres and a Redis of its own (.data/test), with nothing
# installed by hand. Arguments go to cargo nextest, which runs the tests of all programs side by side,
# or to cargo test where nextest is not installed. The last line is `N passed, N failed, N skipped`.
#
# With TEST_DATABASE_URL and TEST_REDIS_URL set (or else DATABASE_URL and REDIS_URL), those servers
# are used and nothing is started: the tests make and drop databases named symancy_test_* there.
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
# shellcheck source=browser.sh
source "$HERE/browser.sh"
# shellcheck source=instance.sh
source "$HERE/instance.sh"

RESULTS='' STOPPING=0 OWN_SERVICES=0

main() {
  local status=0
  cd -- "$ROOT"
  require_toolchain
  mkdir -p -- "$ROOT/.data"
  RESULTS=$(mktemp)
  trap finish EXIT
  trap 'STOPPING=1' INT TERM HUP
  choose_servers
  # In a shell of its own, which a failed installation ends: without a browser, or age, its tests alone fail, and say why.
  if ! has_browser && ((EUID == 0)); then (install_browser) || true; fi
  if ! command -v age >/dev/null && ((EUID == 0)); then (install_packages "age, which encrypts backups" age) || true; fi
  say "${BOLD}Building everything…${RESET} (the first time takes some minutes)"
  under_watch cargo build --locked --workspace --all-targets || status=$?
  ((status == 0)) || report "$status" "The build failed; the lines above say where."
  run_tests "$@" || status=$?
  report "$status" "cargo ended with $status without naming a failed test (a test program that crashed, or one that does not compile)."
}

choose_servers() {
  if [[ -n ${TEST_DATABASE_URL:-} && -n ${TEST_REDIS_URL:-} ]]; then
    done_with "Using the servers of TEST_DATABASE_URL and TEST_REDIS_URL; nothing is started."
  elif [[ -n ${TEST_DATABASE_URL:-}${TEST_REDIS_URL:-} ]]; then
    fail "Only one of TEST_DATABASE_URL and TEST_REDIS_URL is set. Set both to use your own servers, or neither and private ones are started."
  else
    start_services
  fi
  export TEST_DATABASE_URL TEST_REDIS_URL
}

start_services() {
  local addresses
  if [[ -z ${DATABASE_URL:-}${REDIS_URL:-} ]]; then
    OWN_SERVICES=1
    one_at_a_time
  fi
  "$HERE/services.sh" start test || exit 1
  "$HERE/services.sh" clean test || exit 1
  addresses=$("$HERE/services.sh" env test) || exit 1
  eval "$addresses"
  TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL
  # A program under test must get its address from the test, never from here by accident.
  unset DATABASE_URL REDIS_URL
}

# Two runs in one clone would drop each other's databases.
one_at_a_time() {
  exec 8>"$ROOT/.data/test.lock"
  flock -n 8 && return
  say "Another 'make test' is at work in this clone; waiting for it to end…"
  flock 8 || exit 1
}

run_tests() {
  local status=0 colour=never
  if ! cargo nextest --version >/dev/null 2>&1; then
    under_watch cargo test --locked --workspace --no-fail-fast "$@"
    return
  fi
  [[ -z $BOLD ]] || colour=always
  # It tells everything on the standard error.
  # shellcheck disable=SC2016 # expanded by the inner shell
  under_watch bash -c '"$@" 2>&1' nextest cargo nextest run --locked --workspace --no-fail-fast --no-tests pass --color "$colour" "$@" || status=$?
  # It runs no doc tests, and cargo test takes half a minute to find out that there are none.
  if (($# == 0)) && has_doc_tests; then
    under_watch cargo test --locked --workspace --no-fail-fast --doc || status=$?
  fi
  return "$status"
}

# Is there an example in a doc comment that is Rust and to be compiled?
has_doc_tests() {
  find . \( -name .git -o -name target -o -name .data \) -prune -o -path '*/src/*' -name '*.rs' -exec awk '
    FNR == 1 || !/^ *\/\/[\/!]/ { open = 0 }
    /^ *\/\/[\/!] *```/ {
      language = $0
      sub(/^.*```/, "", language)
      if (!open && language ~ /^(rust|no_run|should_panic|compile_fail|edition[0-9]*)?(,.*)?$/) print FILENAME
      open = !open
    }' {} + | grep -q .
}

# A session of its own, and ended with it: Ctrl-C must leave no test program behind. What it prints
# is kept in RESULTS as well.
under_watch() {
  local child status=0
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid bash -c 'results=$1; shift; set -o pipefail; "$@" | tee -a "$results"' watched "$RESULTS" "$@" </dev/null 8>&- &
  child=$!
  wait_until 86400 over_or_stopping "$child" || true
  if ((STOPPING)); then kill -TERM -- "-$child" 2>/dev/null || true; fi
  wait "$child" || status=$?
  ((STOPPING == 0)) || exit 130
  return "$status"
}

over_or_stopping() { ((STOPPING)) || process_gone "$1"; }

# report <exit code> <sentence if no test failed>: the last line, and the end.
report() {
  local passed failed skipped
  read -r passed failed skipped < <(sum_results)
  if (($1 != 0 && failed == 0)); then
    say "$2 It counts as one failure."
    failed=1
  fi
  stop_services
  echo "$passed passed, $failed failed, $skipped skipped" | tee "$ROOT/.data/test-result"
  exit "$1"
}

sum_results() {
  sed 's/\x1b\[[0-9;]*m//g' "$RESULTS" | awk '
    # cargo test, once a program: test result: ok. 3 passed; 0 failed; 1 ignored; …
    /^test result: / {
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed;/) passed += $(i - 1)
        if ($i ~ /^failed;/) failed += $(i - 1)
        if ($i ~ /^ignored;/) skipped += $(i - 1)
      }
    }
    # nextest, once: Summary [ 1.234s] 5 tests run: 2 passed (1 slow), 1 failed, 2 timed out, 3 skipped
    /^ *Summary \[/ {
      sub(/^.* run: /, "")
      gsub(/\([^)]*\)/, "")
      parts = split($0, part, ",")
      for (i = 1; i <= parts; i++) {
        if (part[i] ~ /passed/) passed += part[i]
        else if (part[i] ~ /skipped/) skipped += part[i]
        else failed += part[i]
      }
    }
    END { print passed + 0, failed + 0, skipped + 0 }'
}

stop_services() {
  ((OWN_SERVICES)) || return 0
  OWN_SERVICES=0
  "$HERE/services.sh" stop test || true
}

finish() {
  stop_services
  rm -f -- "$RESULTS"
}

main "$@"
