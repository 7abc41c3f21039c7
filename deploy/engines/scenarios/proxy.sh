# shellcheck shell=bash source-path=SCRIPTDIR
# shellcheck disable=SC2034,SC2153,SC2154,SC2317 # names of stage.sh, and functions that it calls
# HAProxy before two APIs, with two workers. Works if the conversation goes as with one, also after one API and one worker
# were killed. (`make drill SCENARIO=rolling` restarts them one by one under load.)

# The pair and the proxy of that drill.
# shellcheck source=../../drill/scenarios/rolling.sh
source "$ROOT/deploy/drill/scenarios/rolling.sh"

play() {
  command -v haproxy >/dev/null || PATH=$PATH:/usr/sbin
  command -v haproxy >/dev/null || install_packages HAProxy haproxy
  start_stage
  declare -gA PORTS=() METRICS=([worker]=${WORKER_METRICS_ADDR##*:})
  choose_ports_of_pairs
  start_pair
  start_proxy
  talk "HAProxy, two APIs, two workers" both_serve
  kill_hard api
  kill_hard worker
  # The proxy looks every half second.
  wait_until 10 only_second || true
  talk "HAProxy, after one API and one worker were killed" one_is_left
}

# Requests that a process has answered, by its own metrics.
answered() {
  python3 -c 'import sys, urllib.request
lines = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics", timeout=5).read().decode().splitlines()
print(int(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("http_request_duration_seconds_count"))))' "$1"
}

only_second() { http_ok "$PORT" /v1/health && http_ok "$PORT" /v1/health; }

both_serve() {
  local first second
  first=$(answered "${METRICS[api]}")
  second=$(answered "${METRICS[api-2]}")
  echo "$(haproxy -v | awk 'NR == 1 { print $1, $3 }'): $first and $second requests"
  ((first > 20 && second > 20))
}

one_is_left() { echo "the others went on"; }
