#!/usr/bin/env bash
# `make lint`: every check, all of them even if one fails, and in the end which ones failed. In CI a
# check whose tool is missing and cannot be installed has failed too.
# `lint.sh deny`: cargo-deny alone, which it installs.
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
# shellcheck source=../local/node.sh
source "$ROOT/deploy/local/node.sh"
# shellcheck source=linters.sh
source "$HERE/linters.sh"
# shellcheck source=../local/observers.sh
source "$ROOT/deploy/local/observers.sh"

FAILED=()

main() {
  cd -- "$ROOT"
  require_toolchain
  if [[ ${1:-} == deny ]]; then
    install_deny
    check_dependencies
    finish
  fi
  require_components
  check "formatting" cargo fmt --all --check
  check "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
  check "the arrow check itself" "$HERE/arrows.sh" --self-test
  check "arrows" "$HERE/arrows.sh"
  check "environment" "$HERE/environment.sh"
  check_dependencies
  check_scripts
  check_deploy
  check_judge
  check_observe
  check_web
  finish
}

finish() {
  ((${#FAILED[@]} == 0)) || fail "Lint failed: $(printf '%s, ' "${FAILED[@]}" | sed 's/, $//')."
  done_with "Lint passed."
  exit 0
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
  # Where people work these minutes are theirs to spend.
  if has_deny || { [[ -n ${CI:-} ]] && install_deny; }; then
    check "cargo deny" cargo deny --log-level error check bans licenses sources
    check "advisories" "$HERE/advisories.sh" check
  else
    not_run "cargo deny" "cargo-deny is not installed; 'make deny' installs it (a minute or two)"
  fi
}

# not_run <name> <why>
not_run() {
  say "${BOLD}$1${RESET} did not run: $2."
  [[ -z ${CI:-} ]] || FAILED+=("$1, which did not run")
}

has_deny() { cargo deny --version >/dev/null 2>&1; }

# Without optimisation: 80 s on two cores, and its checks take 3 s.
install_deny() {
  has_deny && return
  say "Installing cargo-deny (first time only, a minute or two)…"
  cargo install --locked --debug cargo-deny
}

check_scripts() {
  # In a shell of its own, which a failed installation ends.
  if ! command -v shellcheck >/dev/null && command -v apt-get >/dev/null && ((EUID == 0)); then
    (install_packages "shellcheck" shellcheck) || true
  fi
  if command -v shellcheck >/dev/null; then
    check "shell scripts" shellcheck -x deploy/*/*.sh deploy/drill/scenarios/*.sh deploy/engines/scenarios/*.sh deploy/kubernetes/*/*.sh bench/*/*.sh .ci/run
  else
    not_run "shell scripts" "shellcheck is not installed (Debian: apt-get install shellcheck)"
  fi
}

# A shell of its own, which a failed installation ends.
check_deploy() {
  if has_linters || (install_linters); then
    check "what deploys" "$HERE/deploy.sh"
  else
    not_run "what deploys" "the linters of deploy/lint/requirements.txt could not be installed from PyPI"
  fi
}

# What judges a load test, or a new system beside an older one, has to be able to say no.
check_judge() {
  if ! command -v python3 >/dev/null && command -v apt-get >/dev/null && ((EUID == 0)); then
    (install_packages "python3" python3) || true
  fi
  if command -v python3 >/dev/null; then
    check "the judge of load tests" python3 -B "$ROOT/deploy/k6/judge_test.py" --quiet
    check "the comparison with the pre-MVP" python3 -B "$ROOT/deploy/n8n/compare_test.py" --quiet
  else
    not_run "the judge of load tests and the comparison with the pre-MVP" "python3 is not installed (Debian: apt-get install python3)"
  fi
}

check_observe() {
  if find_observers || install_observers; then
    check "alerts and dashboards" "$HERE/observe.sh"
  else
    not_run "alerts and dashboards" "Prometheus and Alertmanager are not here (Debian: apt-get download prometheus prometheus-alertmanager)"
  fi
}

# The tests find a stale build by its stamp, also where there is no Node.
check_web() {
  if ! find_node && ! { [[ -n ${CI:-} ]] && install_node; }; then
    say "${BOLD}web${RESET} NOT CHECKED: there is no Node $NODE_NEEDED or newer. The tests check the stamp and the sizes of what is built."
  elif install_npm "$ROOT/web"; then
    check "web" "$HERE/web.sh"
  else
    not_run "web" "the packages of web/ could not be installed"
  fi
}

main "$@"
