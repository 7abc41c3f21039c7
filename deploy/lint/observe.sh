#!/usr/bin/env bash
# What deploy/observe holds: settings and rules are valid, each alert fires and stays silent as its tests say, each level
# reaches who is to be told, and every expression of the dashboards is one. Run by `make lint`. That metrics are exported and
# runbooks written is a test of the API (api/tests/it/observed.rs), which knows the metrics.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/observers.sh
source "$ROOT/deploy/local/observers.sh"

BROKEN=0

main() {
  cd -- "$ROOT/deploy/observe"
  find_observers || fail "promtool and amtool are missing."
  # It warns of the files of targets, which a deployment brings.
  quietly "prometheus.yml and its rules" promtool check config prometheus.yml
  quietly "the tests of the alerts" promtool test rules tests/*.yml
  quietly "alertmanager.yml" amtool check-config alertmanager.yml
  route P0 page
  route P1 page
  route P2 team
  route P3 team
  quietly "the expressions of the dashboards" dashboards
  ((BROKEN == 0)) || exit 1
  echo "$(cat rules/*.yml | grep -c 'alert:') alerts, each with its tests, and $(dashboard_expressions | wc -l) expressions of dashboards."
}

# quietly <what> <command...>: its output is for faults.
quietly() {
  local what=$1 said
  shift
  said=$("$@" 2>&1) && return
  printf '✗ %s:\n%s\n' "$what" "$said"
  BROKEN=1
}

route() { # level, who is told
  quietly "who is told of $1" amtool config routes test --config.file=alertmanager.yml --verify.receivers="$2" level="$1"
}

# One a line; Grafana's variables are filled in.
# shellcheck disable=SC2016 # they are not the shell's
dashboard_expressions() {
  sed -nE 's/^ *"expr": "(.*)",?$/\1/p' dashboards/*.json |
    sed -e 's/\\"/"/g' -e 's/\\\\/\\/g' -e 's/\$__rate_interval/5m/g' -e 's/\$__range/1h/g'
}

# promtool 2.42 checks expressions as those of rules alone.
dashboards() {
  local rules
  rules=$(mktemp)
  {
    printf 'groups:\n  - name: dashboards\n    rules:\n'
    dashboard_expressions | awk -v quote="'" '{
      gsub(quote, quote quote)
      printf "      - record: expression:%d\n        expr: %s%s%s\n", NR, quote, $0, quote
    }'
  } >"$rules"
  promtool check rules "$rules" || { rm -f -- "$rules"; return 1; }
  rm -f -- "$rules"
}

main "$@"
