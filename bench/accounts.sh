#!/usr/bin/env bash
# Measurements of accounts, whose tables stand in docs/ACCOUNTS.md; on a quiet machine:
#
#   bench/accounts.sh timing      # whether the time of an answer tells that an address is known (ROUNDS=n)
#   bench/accounts.sh password    # what a hash of a password costs
#
# `timing` starts a Postgres and a Redis of its own, and the sandbox for what is outside. Release builds.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

main() {
  case ${1:-} in
    timing)
      unset DATABASE_URL REDIS_URL
      trap 'deploy/local/services.sh stop bench' EXIT
      deploy/local/services.sh start bench
      deploy/local/services.sh clean bench
      eval "$(deploy/local/services.sh env bench)"
      export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL
      unset DATABASE_URL REDIS_URL
      cargo run --quiet --release --locked -p api --example timing
      ;;
    password) cargo run --quiet --release --locked -p people --example argon2 ;;
    *)
      echo "usage: bench/accounts.sh timing|password" >&2
      exit 2
      ;;
  esac
}

main "$@"
