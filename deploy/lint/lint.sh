#!/usr/bin/env bash
# `make lint`: every check, all of them even if one fails, and in the end which ones failed.
# `lint.sh deny`: cargo-deny alone, installed first if it is missing.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/packages.sh
source "$ROOT/deploy/local/packages.sh"
# shellcheck source=../local/toolchain.sh
source "$ROOT/deploy/local/toolchain.sh"

FAILED=()

main() {
  cd -- "$ROOT"
  require_toolchain
  if [[ ${1:-} == deny ]]; then
    cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
    exec cargo deny check
  fi
  require_components
  check "formatting" cargo fmt --all --check
  check "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
  check "the arrow check itself" "$HERE/arrows.sh" --self-test
  check "arrows" "$HERE/arrows.sh"
  check "environment" "$HERE/environment.sh"
  check_dependencies
  check_scripts
  ((${#FAILED[@]} == 0)) || fail "Lint failed: $(printf '%s, ' "${FAILED[@]}" | sed 's/, $//')."
  done_with "Lint passed."
}

check() { # name, command...
  local name=$1
  shift
  say "${BOLD}$name${RESET}"
  "$@" || FAILED+=("$name")
}

# A minimal installation of Rust comes without them; they are parts of the same toolchain.
require_components() {
  local part
  for part in fmt clippy; do
    cargo "$part" --version >/dev/null 2>&1 && continue
    command -v rustup >/dev/null || fail "cargo $part is missing. Install the rustfmt and clippy of your Rust (Debian: apt-get install rustfmt rust-clippy)."
    rustup component add rustfmt clippy || fail "rustup could not add rustfmt and clippy. Try by hand: rustup component add rustfmt clippy"
    return
  done
}

check_dependencies() {
  if cargo deny --version >/dev/null 2>&1; then
    check "cargo deny" cargo deny --log-level error check bans licenses sources
    check_advisories
  else
    say "${BOLD}cargo deny${RESET} skipped: cargo-deny is not installed. 'make deny' installs it (some minutes) and runs it."
  fi
}

# The advisories are fetched anew each time; without a network that is told, not failed.
check_advisories() {
  if cargo deny fetch db >/dev/null 2>&1; then
    check "advisories" cargo deny --log-level error check advisories
  else
    say "${BOLD}advisories${RESET} skipped: the advisory database cannot be fetched from here."
  fi
}

check_scripts() {
  if command -v shellcheck >/dev/null; then
    check "shell scripts" shellcheck -x deploy/local/*.sh deploy/lint/*.sh .ci/run
  else
    say "${BOLD}shell scripts${RESET} skipped: shellcheck is not installed (Debian: apt-get install shellcheck)."
  fi
}

main "$@"
