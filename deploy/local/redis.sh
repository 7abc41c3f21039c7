# shellcheck shell=bash
# The private Redis of an instance. Sourced by services.sh; needs say, ports, packages, instance.

find_redis() {
  local version=''
  REDIS_BIN=$(command -v redis-server || true)
  if [[ -n $REDIS_BIN ]]; then version=$(redis-server --version | sed -n 's/.* v=\([0-9]*\)\..*/\1/p'); fi
  if ((${version:-0} < 7)); then REDIS_BIN=''; fi
}

redis_process() { process_of "$DATA/redis/redis.pid" "$DATA/redis"; }

# Fails if the server is not ours, for only ours knows the password.
redis_command() { REDISCLI_AUTH=$PASSWORD redis-cli -h 127.0.0.1 -p "$REDIS_PORT" --no-auth-warning "$@" 2>/dev/null; }
redis_ready() { [[ $(redis_command PING) == PONG ]]; }

redis_settings() {
  cat <<SETTINGS
bind 127.0.0.1
port $REDIS_PORT
requirepass $PASSWORD
dir $(reach "$DATA/redis")
pidfile redis.pid
daemonize no
maxmemory-policy noeviction
save ""
SETTINGS
  if [[ $INSTANCE == test ]]; then
    # Thrown away after the run, so the disk is left out of it.
    echo 'appendonly no'
  else
    printf 'appendonly yes\nappendfsync everysec\n'
  fi
}

start_redis() {
  local log=$LOGS/redis.log
  own_folder "$DATA/redis"
  rm -f -- "$DATA/redis/redis.pid"
  rotate "$log"
  # The settings go in by standard input: no password on the command line, no file to reach.
  spawn "$DATA/redis" "$log" "$REDIS_BIN" - 7< <(redis_settings)
  STARTED+=("$SPAWNED")
  wait_until 60 ready_or_dead redis_ready "$SPAWNED" || true
}

stop_redis() {
  local pid
  pid=$(redis_process) || return 1
  # SIGTERM is SHUTDOWN: the append-only file is flushed and kept.
  end_process "$pid" TERM 30 || {
    say "Redis did not stop within half a minute and was killed; the append-only file has all but its last second."
    end_process "$pid" KILL 10 || true
  }
}
