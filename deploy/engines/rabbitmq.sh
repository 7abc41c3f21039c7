#!/usr/bin/env bash
# Whether events reach a real RabbitMQ once at least and in their order, while it is killed and the publisher is
# (shared/publishers/examples/rabbitmq.rs). The last line says what was counted; the exit code, whether it was right.
#
#   rabbitmq.sh            installs Debian's RabbitMQ if it is missing, starts one of its own on loopback, and plays
#   rabbitmq.sh restart    kills that one (SIGKILL) and starts it again, with its data; what the play calls
#
# Its data, logs and ports are in .data/engines/rabbitmq, and go with the next play. Postgres is that of the benchmarks.
#
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2317 # some functions are called by a trap or by wait_until
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/ports.sh
source "$ROOT/deploy/local/ports.sh"
# shellcheck source=../local/packages.sh
source "$ROOT/deploy/local/packages.sh"
# shellcheck source=../local/toolchain.sh
source "$ROOT/deploy/local/toolchain.sh"
# shellcheck source=../local/instance.sh
source "$ROOT/deploy/local/instance.sh"

FOLDER=$ROOT/.data/engines/rabbitmq
# Debian's wrapper in /usr/sbin would become another user.
SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server
BROKER_PORT=0 DIST_PORT=0 NAMES_PORT=0 BROKER=0

main() {
  case ${1:-play} in
    play) play ;;
    restart) restart ;;
    *) fail "Usage: rabbitmq.sh [play|restart]" ;;
  esac
}

play() {
  require_toolchain
  [[ -x $SERVER ]] || install_packages RabbitMQ rabbitmq-server
  prepare_folder
  trap stop_all EXIT
  trap 'exit 130' INT TERM HUP
  free_port BROKER_PORT 56720
  free_port DIST_PORT $((BROKER_PORT + 1))
  free_port NAMES_PORT $((DIST_PORT + 1))
  start_broker
  start_postgres
  AMQP_URL=amqp://symancy:$(<"$FOLDER/password")@127.0.0.1:$BROKER_PORT/%2f RESTART=$HERE/rabbitmq.sh \
    cargo run --quiet --locked --profile "${PROFILE:-release}" -p publishers --example rabbitmq
}

prepare_folder() {
  stop_broker
  mkdir -p -- "$FOLDER"
  chmod 0700 -- "$FOLDER"
  (cd -- "$FOLDER" && rm -rf -- db home logs)
  mkdir -- "$FOLDER/db" "$FOLDER/home" "$FOLDER/logs"
  (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$FOLDER/password")
  : >"$FOLDER/env.conf"
  echo '[].' >"$FOLDER/plugins"
}

start_broker() {
  local settings=(
    "RABBITMQ_NODENAME=symancy$BROKER_PORT@localhost"
    "RABBITMQ_CONFIG_FILE=$FOLDER/rabbitmq.conf" "RABBITMQ_CONF_ENV_FILE=$FOLDER/env.conf"
    "RABBITMQ_ENABLED_PLUGINS_FILE=$FOLDER/plugins"
    "RABBITMQ_MNESIA_BASE=$FOLDER/db" "RABBITMQ_LOG_BASE=$FOLDER/logs" "RABBITMQ_PID_FILE=$FOLDER/pid"
    "RABBITMQ_DIST_PORT=$DIST_PORT" "ERL_EPMD_PORT=$NAMES_PORT" ERL_EPMD_ADDRESS=127.0.0.1
    # One scheduler: the machine has other things to do.
    'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}'
  )
  cat >"$FOLDER/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$BROKER_PORT
default_user = symancy
default_pass = $(<"$FOLDER/password")
log.file.level = warning
CONF
  chmod 0600 -- "$FOLDER/rabbitmq.conf"
  (cd -- "$FOLDER" && exec env -i "PATH=$PATH" LC_ALL=C.UTF-8 "HOME=$FOLDER/home" "${settings[@]}" setsid "$SERVER") \
    >>"$FOLDER/logs/server.log" 2>&1 </dev/null &
  BROKER=$!
  echo "$BROKER $BROKER_PORT $DIST_PORT $NAMES_PORT" >"$FOLDER/state"
  wait_until 90 port_answers "$BROKER_PORT" || {
    show_tail "$FOLDER/logs/server.log" 20
    fail "RabbitMQ does not answer on port $BROKER_PORT."
  }
  done_with "RabbitMQ listens on port $BROKER_PORT."
}

read_state() { [[ -r $FOLDER/state ]] && read -r BROKER BROKER_PORT DIST_PORT NAMES_PORT <"$FOLDER/state"; }

# The server is the leader of a session of its own; a number from before a boot may be another's.
broker_lives() { [[ /proc/$BROKER/cwd -ef $FOLDER ]] && ! process_gone "$BROKER"; }

kill_broker() {
  ! broker_lives || kill -KILL -- "-$BROKER" 2>/dev/null || true
  wait_until 30 process_gone "$BROKER" || fail "RabbitMQ (process $BROKER) does not end."
}

restart() {
  read_state || fail "No RabbitMQ was started here. Play with: deploy/engines/rabbitmq.sh"
  kill_broker
  start_broker
}

# Its data are thrown away. The server of names, which it has started, forgets it in a moment and can be ended then.
stop_broker() {
  read_state || return 0
  kill_broker
  rm -f -- "$FOLDER/state"
  wait_until 10 end_names || true
}
end_names() { ! port_answers "$NAMES_PORT" || ERL_EPMD_PORT=$NAMES_PORT epmd -kill >/dev/null 2>&1; }

start_postgres() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" start bench
  "$ROOT/deploy/local/services.sh" clean bench
  addresses=$("$ROOT/deploy/local/services.sh" env bench)
  eval "$addresses"
  export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL
  unset DATABASE_URL REDIS_URL
}

stop_all() {
  stop_broker || true
  "$ROOT/deploy/local/services.sh" stop bench || true
}

main "$@"
