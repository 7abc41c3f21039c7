#!/usr/bin/env bash
# `advisories.sh check`: cargo-deny's check of advisories, by the RustSec database as it is now or, where
# that cannot be fetched, by the copy beside this script.
# `advisories.sh refresh [repository]`: writes that copy anew, from the newest commit of the repository.
# The copy is one archive of git, which carries the commit's id and time.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"

DATABASE=https://github.com/RustSec/advisory-db
COPY=$HERE/advisory-db.tar.gz
DATA=$ROOT/.data/lint/advisories
OLD_DAYS=120

main() {
  cd -- "$ROOT"
  case ${1:-} in
    check) check ;;
    refresh) refresh "${2:-$DATABASE}" ;;
    *) fail "Usage: advisories.sh check | refresh [repository]" ;;
  esac
}

check() {
  if timeout 120 cargo deny fetch db >/dev/null 2>&1; then
    cargo deny --log-level error check advisories
  elif [[ -f $COPY ]]; then
    say "The advisory database cannot be fetched from here; the check is by the copy."
    unpack
    warn_of_age
    by_copy cargo deny --config "$DATA/deny.toml" --log-level error check advisories
  else
    # The one check whose lack is said and is not a failure.
    say "${BOLD}advisories${RESET} NOT CHECKED: the advisory database ($DATABASE) cannot be fetched from here, and there is no copy of it ('make advisories' writes one)."
  fi
}

unpack() {
  rm -rf -- "$DATA"
  mkdir -p -- "$DATA/advisory-db"
  tar -xzf "$COPY" -C "$DATA/advisory-db"
  git -C "$DATA/advisory-db" init -q -b main
  git -C "$DATA/advisory-db" add --all
  git -C "$DATA/advisory-db" -c user.name=lint -c user.email=lint@localhost commit -q -m "The copy"
  # Its own clone is to stay the last one that came from the network.
  sed "s|^\[advisories\]|&\ndb-path = \"$DATA\"|" deny.toml >"$DATA/deny.toml"
}

# cargo-deny clones its database by git, which finds it here.
by_copy() { # command...
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$DATA/advisory-db.insteadOf" GIT_CONFIG_VALUE_0=$DATABASE "$@"
}

# The time of its files is that of the commit.
warn_of_age() {
  local days=$((($(date +%s) - $(stat -c %Y "$DATA/advisory-db/LICENSE.txt")) / 86400))
  ((days <= OLD_DAYS)) || say "${BOLD}The copy of the advisory database is $days days old${RESET}: 'make advisories' where there is a network."
}

refresh() {
  rm -rf -- "$DATA"
  mkdir -p -- "$DATA"
  git clone -q --bare --depth 1 -- "$1" "$DATA/advisory-db" || fail "Cannot clone $1."
  git -C "$DATA/advisory-db" archive --format=tar.gz -o "$COPY" HEAD crates LICENSE.txt LICENSES
  done_with "Wrote $COPY: $(git -C "$DATA/advisory-db" log -1 --format='commit %H of %cs')."
}

main "$@"
