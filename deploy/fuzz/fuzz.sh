#!/usr/bin/env bash
# `make fuzz`: each parser that strangers reach, under mutations of its corpus (crate `fuzz`). Prints the table of
# docs/FUZZING.md. An input that breaks a parser is left in fuzz/corpus/<target>/: mend the parser, and commit
# the input, which every `make test` then tries.
#
#   FUZZ_SECONDS=<number>   seconds for each target (600 if not given)
#   FUZZ_SEED=<number>      repeats a run (the time of the start if not given)
#   FUZZ_KEEP=1             adds small inputs that end in a new way to the corpus
#   TARGET=<word>           only tests with that word in their names
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/toolchain.sh
source "$ROOT/deploy/local/toolchain.sh"

main() {
  local tests test failed=0
  cd -- "$ROOT"
  require_toolchain
  export FUZZ_SECONDS=${FUZZ_SECONDS:-600} FUZZ_SEED=${FUZZ_SEED:-$(date +%s)}
  say "${BOLD}Building…${RESET}"
  cargo test --locked --quiet --package fuzz --test it --no-run
  tests=$(cargo test --locked --quiet --package fuzz --test it -- --list | sed -n "/${TARGET:-.}/s/: test\$//p")
  say "Seed $FUZZ_SEED, $(date -u +%F), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
  echo '| target | seconds | executions | endings | peak memory, MB |'
  echo '| --- | --- | --- | --- | --- |'
  # One process a target, so that each has its own peak of memory.
  for test in $tests; do
    cargo test --locked --quiet --package fuzz --test it -- --exact "$test" --nocapture 2>"$ROOT/target/fuzz.log" |
      grep '^|' || { tail -20 "$ROOT/target/fuzz.log" >&2 && failed=1; }
  done
  ((failed == 0)) || fail "An input breaks a parser; it is in fuzz/corpus/."
}

main "$@"
