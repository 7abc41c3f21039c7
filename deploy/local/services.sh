#!/usr/bin/env bash
# The private Postgres and Redis of this clone: found or installed, started on ports of their own
# with their data in .data/<name>, and stopped cleanly. Called by run.sh, test.sh and the Makefile.
#
#   services.sh start|stop|status|env run|test|chaos|bench|fuzz|n8n|e2e|k6|drill|engines
#   services.sh clean test|chaos|bench|fuzz
#
# `run` keeps everything; the others are throwaway, and `clean` drops what a killed run left in them.
# `start` starts what is not running, on the port it had.
# `env` prints the addresses as shell exports. With DATABASE_URL and REDIS_URL both set, those are
# used and nothing is started.
#
# shellcheck source-path=SCRIPTDIR
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
# shellcheck source=postgres.sh
source "$HERE/postgres.sh"
# shellcheck source=redis.sh
source "$HERE/redis.sh"

STARTED=()
POSTGRES_PORT=0 REDIS_PORT=0

main() {
  local verb=${1:-} name=${2:-}
  [[ $name =~ ^(run|test|chaos|bench|fuzz|n8n|e2e|k6|drill|engines)$ ]] || usage
  case $verb in
    start) start "$name" ;;
    stop) stop "$name" ;;
    status) status "$name" ;;
    env) print_env "$name" ;;
    clean) clean "$name" ;;
    *) usage ;;
  esac
}

usage() { fail "Usage: services.sh start|stop|status|env run|test|chaos|bench|fuzz|n8n|e2e|k6|drill|engines, or services.sh clean test|chaos|bench|fuzz"; }

# Are the addresses given from outside? One alone is a mistake.
given() {
  local database=${DATABASE_URL:-} redis=${REDIS_URL:-}
  [[ -n $database || -n $redis ]] || return 1
  [[ -n $database ]] || fail "REDIS_URL is set but DATABASE_URL is not. Set both to use your own servers, or neither and Symancy starts private ones."
  [[ -n $redis ]] || fail "DATABASE_URL is set but REDIS_URL is not. Set both to use your own servers, or neither and Symancy starts private ones."
}

start() {
  if given; then
    done_with "Using the Postgres and Redis of DATABASE_URL and REDIS_URL; nothing is started."
    return
  fi
  open_instance "$1"
  require_packages
  ensure_service_user
  trap undo EXIT
  trap 'exit 130' INT TERM HUP
  start_one Postgres postgres POSTGRES_PORT 54330
  make_database
  start_one Redis redis REDIS_PORT 63800
  trap - EXIT INT TERM HUP
}

# What this start began, it ends again if it does not get through.
undo() {
  local pid
  for pid in "${STARTED[@]}"; do end_process "$pid" INT 30 || true; done
  if ! postgres_process >/dev/null && ! redis_process >/dev/null; then rm -f -- "$DATA/ports"; fi
}

# Nothing but the caller's lock says that no test is running now; see test.sh and chaos.sh.
clean() {
  [[ $1 != run ]] || usage
  given && return
  open_running "$1"
  find_postgres
  drop_test_databases
  redis_command FLUSHALL >/dev/null
}

open_running() {
  if [[ -d $ROOT/.data/$1 ]]; then
    open_instance "$1"
    read_ports
    if postgres_process >/dev/null && redis_process >/dev/null; then return; fi
  fi
  fail "The '$1' services are not running. Start them with: deploy/local/services.sh start $1"
}

require_packages() {
  local missing=() what=()
  find_postgres
  find_redis
  if [[ -z $PG_BIN ]]; then missing+=(postgresql) what+=("Postgres 15+"); fi
  if [[ -z $REDIS_BIN ]]; then missing+=(redis-server) what+=("Redis 7+"); fi
  ((${#missing[@]})) || return 0
  install_packages "${what[0]}${what[1]:+ and ${what[1]}}" "${missing[@]}"
  find_postgres
  find_redis
  [[ -n $PG_BIN ]] || fail "The packages of this system have no Postgres 15 or newer. Install one by hand, or set DATABASE_URL and REDIS_URL to servers you have."
  [[ -n $REDIS_BIN ]] || fail "The packages of this system have no Redis 7 or newer. Install one by hand, or set DATABASE_URL and REDIS_URL to servers you have."
}

# start_one <Name> <name> <variable of the port> <first port for tests>
start_one() {
  local title=$1 service=$2 pid last
  local -n port=$3
  read_ports
  if pid=$("${service}_process"); then
    wait_until 60 "${service}_ready" || broken "$title" "$service" "runs (process $pid) but does not answer. Stop it with 'make stop' and try again."
    done_with "$title already runs on port $port, with the data in .data/$INSTANCE/$service."
    return
  fi
  if [[ $INSTANCE == run ]]; then
    wanted_port "$title" "$3"
    last=$port
  else
    # One that died while the other lives is looked for where it was.
    if ((port < $4)); then port=$4; fi
    last=$(($4 + 99))
  fi
  # Two clones may look for a free port in the same moment: who finds it taken takes the next.
  for (( ; port <= last; port++)); do
    if port_answers "$port"; then continue; fi
    "start_$service"
    if "${service}_ready"; then
      write_ports
      done_with "$title listens on port $port, with its data in .data/$INSTANCE/$service."
      return
    fi
    grep -qi 'address already in use' "$LOGS/$service.log" || broken "$title" "$service" "did not start."
  done
  if [[ $INSTANCE == run ]]; then broken "$title" "$service" "did not get its port."; fi
  fail "No port from $4 to $last is free for the $title of '$INSTANCE'. Stop what holds them; clones that test at this moment are listed by: pgrep -af '$service'"
}

broken() { # title, service, sentence
  show_tail "$LOGS/$2.log" 20
  fail "$1 of '$INSTANCE' $3"
}

# wanted_port <title> <variable>: the port of `run`, which has to be free.
wanted_port() {
  local -n chosen=$2
  local setting=SYMANCY_REDIS_PORT first=63790
  if [[ $2 == POSTGRES_PORT ]]; then setting=SYMANCY_POSTGRES_PORT first=54320; fi
  chosen=${!setting:-$first}
  valid_port "$setting" "$chosen"
  if port_answers "$chosen"; then
    fail "Port $chosen, which $1 needs, is held by $(port_owner "$chosen"). Stop it, or choose another port with $setting=<port>."
  fi
}

# The ports the servers of this instance took when they started.
read_ports() {
  if [[ -r $DATA/ports ]]; then read -r POSTGRES_PORT REDIS_PORT <"$DATA/ports" || true; fi
}
write_ports() { echo "$POSTGRES_PORT $REDIS_PORT" >"$DATA/ports"; }

stop() {
  if [[ ! -d $ROOT/.data/$1 ]]; then
    say "The '$1' services were never started here."
    return
  fi
  open_instance "$1"
  # The caller's second Ctrl-C must not cut a clean stop short.
  trap '' INT HUP
  if stop_redis; then done_with "Redis stopped."; else say "Redis of '$1' is not running."; fi
  if stop_postgres; then done_with "Postgres stopped."; else say "Postgres of '$1' is not running."; fi
  rm -f -- "$DATA/ports"
}

status() {
  local all=0 service pid
  if [[ ! -d $ROOT/.data/$1 ]]; then
    echo "The '$1' services were never started here."
    exit 3
  fi
  open_instance "$1"
  read_ports
  for service in postgres redis; do
    local -n port=${service^^}_PORT
    if pid=$("${service}_process"); then
      echo "$service runs on port $port (process $pid)"
    else
      echo "$service is stopped"
      all=3
    fi
  done
  exit "$all"
}

print_env() {
  if given; then
    printf 'export DATABASE_URL=%q REDIS_URL=%q\n' "$DATABASE_URL" "$REDIS_URL"
    return
  fi
  open_running "$1"
  echo "export DATABASE_URL=postgres://symancy:$PASSWORD@127.0.0.1:$POSTGRES_PORT/symancy REDIS_URL=redis://default:$PASSWORD@127.0.0.1:$REDIS_PORT"
}

main "$@"
