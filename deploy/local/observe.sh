#!/usr/bin/env bash
# `make observe`: Prometheus and Alertmanager beside a running `make run`, with the rules and routes of deploy/observe.
# Alerts arrive in the sandbox's chat. Ctrl-C ends both; what they have stored stays in .data/observe.
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=say.sh
source "$HERE/say.sh"
# shellcheck source=ports.sh
source "$HERE/ports.sh"
# shellcheck source=packages.sh
source "$HERE/packages.sh"
# shellcheck source=instance.sh
source "$HERE/instance.sh"
# shellcheck source=dotenv.sh
source "$HERE/dotenv.sh"
# shellcheck source=world.sh
source "$HERE/world.sh"
# shellcheck source=observers.sh
source "$HERE/observers.sh"
# shellcheck source=processes.sh
source "$HERE/processes.sh"

DATA=$ROOT/.data/observe
LOGS=$DATA/logs
TEMPLATES=/usr/share/prometheus/alertmanager/default.tmpl
STOPPING=0 HURRY=0

main() {
  cd -- "$ROOT"
  load_dotenv "$ROOT/.env"
  choose_addresses
  http_ok "$PORT" /v1/health || fail "No API answers on port $PORT. Start the product first, in another terminal: make run"
  require_observers
  free_port PROMETHEUS_PORT 9090
  free_port ALERTMANAGER_PORT 9093
  trap interrupted INT TERM HUP
  write_settings
  start_observers
  show_observers
  watch_observers
}

# Not those that `make lint` unpacks: Debian's Alertmanager reads its templates where its package has them.
require_observers() {
  have_observers && [[ -r $TEMPLATES ]] && return
  install_packages "Prometheus and Alertmanager" prometheus prometheus-alertmanager
}

# First: stop in order. Second: do not wait any more.
interrupted() {
  if ((STOPPING)); then HURRY=1; fi
  STOPPING=1
}

# Those of deploy/observe, with the addresses of this machine.
write_settings() {
  rm -rf -- "$DATA/rules" "$DATA/templates"
  mkdir -p -- "$DATA/prometheus" "$DATA/alertmanager" "$DATA/targets" "$LOGS"
  cp -R -- deploy/observe/rules deploy/observe/templates "$DATA"
  sed -e "s|127.0.0.1:9464|$API_METRICS_ADDR|" -e "s|127.0.0.1:9465|$WORKER_METRICS_ADDR|" \
    -e "s|127.0.0.1:9090|127.0.0.1:$PROMETHEUS_PORT|" -e "s|127.0.0.1:9093|127.0.0.1:$ALERTMANAGER_PORT|" \
    deploy/observe/prometheus.yml >"$DATA/prometheus.yml"
  # The sandbox's Telegram also where the product has another.
  sed -e "s|127.0.0.1:4010|127.0.0.1:${SANDBOX_ADDR##*:}|" deploy/observe/alertmanager.yml >"$DATA/alertmanager.yml"
}

start_observers() {
  launch alerts prometheus-alertmanager --config.file="$DATA/alertmanager.yml" --storage.path="$DATA/alertmanager" \
    --web.listen-address="127.0.0.1:$ALERTMANAGER_PORT" --cluster.listen-address= --log.level=warn
  await_health alerts "$ALERTMANAGER_PORT" /-/ready
  launch metrics prometheus --config.file="$DATA/prometheus.yml" --storage.tsdb.path="$DATA/prometheus" \
    --storage.tsdb.retention.time=90d --web.listen-address="127.0.0.1:$PROMETHEUS_PORT" --log.level=warn
  await_health metrics "$PROMETHEUS_PORT" /-/ready
}

show_observers() {
  cat <<BLOCK

  ${BOLD}Prometheus and Alertmanager are running${RESET}

    rules, graphs    ${GREEN}http://127.0.0.1:$PROMETHEUS_PORT/alerts${RESET}
    alerts, silences ${GREEN}http://127.0.0.1:$ALERTMANAGER_PORT/${RESET}
    the chat         ${GREEN}http://${SANDBOX_ADDR}/${RESET}   alerts arrive with person 1001, who has to write there first
    dashboards       deploy/observe/dashboards/, for a Grafana of yours

    ${DIM}amtool alert add Try level=P0 --annotation=summary="An alert to try" --alertmanager.url=http://127.0.0.1:$ALERTMANAGER_PORT${RESET}

  Ctrl-C (or SIGTERM) ends both; 'make run' goes on.

BLOCK
}

watch_observers() {
  local name
  until ((STOPPING)); do
    for name in alerts metrics; do
      running "$name" || died "$name" "ended by itself, so both are stopped."
    done
    sleep 0.5 &
    wait "$!" || true
  done
  stop_everything
}

stop_everything() {
  STOPPING=1
  ask_to_end metrics alerts
  end_within 15 metrics
  end_within 15 alerts
  end_shows
}

main "$@"
