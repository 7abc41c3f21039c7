# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # names of stage.sh
# A release, or a restart, under load: each program is stopped by SIGTERM and started again, one after the other, while two
# APIs stand behind HAProxy, which asks /v1/ready. Kept if no request fails and each accepted reading is completed.

ROUNDS=2

play() {
  local begun
  command -v haproxy >/dev/null || PATH=$PATH:/usr/sbin
  command -v haproxy >/dev/null || install_packages HAProxy haproxy
  start_stage
  # More than three checks of the proxy.
  export API_DRAIN_MS=2000
  declare -gA PORTS=() METRICS=([worker]=${WORKER_METRICS_ADDR##*:})
  choose_ports_of_pairs
  start_pair
  start_proxy
  begun=$(now)
  # So that a first request does not wait for what a new process has to learn.
  ask reading "$API_URL" >/dev/null
  # Without `ask`: a function in the background is a shell, which would get the signal in its stead.
  python3 "$HERE/ask.py" load "$API_URL" "$FOLDER/load.json" </dev/null 7>&- &
  LOAD=$!
  sleep 3
  for _ in $(seq "$ROUNDS"); do restart_all; done
  sleep 3
  kill -TERM "$LOAD"
  wait "$LOAD"
  LOAD=''
  judge_load "$begun"
}

choose_ports_of_pairs() {
  free_port FIRST $((PORT + 1))
  free_port SECOND $((FIRST + 1))
  PORTS=([api]=$FIRST [api-2]=$SECOND)
  free_port METRICS_API $((METRICS[worker] + 1))
  free_port METRICS_API_2 $((METRICS_API + 1))
  free_port METRICS_WORKER_2 $((METRICS_API_2 + 1))
  METRICS[api]=$METRICS_API METRICS[api-2]=$METRICS_API_2 METRICS[worker-2]=$METRICS_WORKER_2
}

start_pair() {
  launch_one api
  launch_one api-2
  launch_one worker
  launch_one worker-2
}

launch_one() { # name
  case $1 in
    api*)
      launch "$1" env "PORT=${PORTS[$1]}" "API_METRICS_ADDR=127.0.0.1:${METRICS[$1]}" "$BIN/api"
      await_ready "${PORTS[$1]}"
      ;;
    *) launch "$1" env "WORKER_METRICS_ADDR=127.0.0.1:${METRICS[$1]}" "$BIN/worker" ;;
  esac
}

# No request is sent twice: `retries` is for connections that were refused, and those are counted by the load as well.
proxy_settings() {
  cat <<SETTINGS
global
  maxconn 1000
defaults
  mode http
  option forwardfor
  option redispatch
  retries 1
  timeout connect 2s
  timeout client 120s
  timeout server 120s
frontend people
  bind 127.0.0.1:$PORT
  default_backend api
backend api
  balance roundrobin
  option httpchk GET /v1/ready
  default-server check inter 500ms fall 1 rise 1
  server api 127.0.0.1:${PORTS[api]}
  server api-2 127.0.0.1:${PORTS[api-2]}
SETTINGS
}

start_proxy() {
  proxy_settings >"$FOLDER/haproxy.cfg"
  haproxy -db -f "$FOLDER/haproxy.cfg" >"$LOGS/haproxy.log" 2>&1 </dev/null 7>&- &
  PROXY=$!
  await_ready "$PORT"
}

restart_all() {
  local name
  for name in worker worker-2 api api-2; do
    end_orderly "$name" 90
    launch_one "$name"
    # The proxy has seen the new one before the next one goes.
    sleep 2
  done
}

judge_load() { # begun
  local requests failed left verdict=kept
  read -r requests failed < <(python3 -c 'import json, sys; told = json.load(open(sys.argv[1])); print(told["requests"], told["failed"])' "$FOLDER/load.json")
  wait_until 60 all_complete || true
  left=$(unfinished)
  if ((failed > 0 || left > 0 || requests < 100)); then
    verdict=broken
    python3 -m json.tool "$FOLDER/load.json" | head -n 60 >&2
  fi
  result rolling "$verdict" "$((ROUNDS * 4)) restarts in $(since "$1") s; $failed of $requests requests failed; $left accepted readings not complete"
}

unfinished() { sql "$DATABASE_URL" "SELECT count(*) FROM analysis_history WHERE status <> 'completed'"; }
all_complete() { (($(unfinished) == 0)); }
