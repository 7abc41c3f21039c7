#!/usr/bin/env bash
# A private redis-server on loopback for the job queue benchmark, with data, log and pid in a scratch folder:
#
#   bench/jobs/redis.sh start <dir> <port> [default|everysec|always]
#   bench/jobs/redis.sh stop <dir>
#
# default   as redis-server starts without a configuration: snapshots, no append-only file; a crash loses
#           everything since the last snapshot
# everysec  append-only file, fsync each second; a crash loses up to a second
# always    append-only file, fsync before each answer; a crash loses nothing
#
# The folder must be on a real disk: on a tmpfs an fsync costs nothing.
set -euo pipefail

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
die() { echo "redis.sh: $*" >&2; exit 1; }

# The pid of the server of this folder. A stale pid file may name another process, so this checks that the
# process works in the folder.
running() {
  local pid
  pid=$(cat "$dir/redis.pid" 2>/dev/null) && [[ $(readlink "/proc/$pid/cwd") == "$dir" ]] || return 1
  echo "$pid"
}

start() {
  local port=$1 durable=()
  case "${2:-default}" in
  default) ;;
  everysec | always) durable=(--appendonly yes --appendfsync "$2") ;;
  *) usage ;;
  esac
  if running >/dev/null; then die "a server is already running in $dir"; fi
  redis-server --bind 127.0.0.1 --port "$port" --dir "$dir" --pidfile "$dir/redis.pid" --logfile "$dir/redis.log" \
    --daemonize yes "${durable[@]}"
  # Another server may have the port: wait for the one with our pid.
  for _ in {1..100}; do
    if pid=$(running) && redis-cli -p "$port" info server 2>/dev/null | grep -q "^process_id:$pid"$'\r'; then return; fi
    sleep 0.1
  done
  tail -n 5 "$dir/redis.log" >&2
  die "redis-server did not come up on port $port"
}

stop() {
  local pid
  pid=$(running) || die "no server is running in $dir"
  kill "$pid"
  for _ in {1..100}; do
    if ! kill -0 "$pid" 2>/dev/null; then return; fi
    sleep 0.1
  done
  die "redis-server $pid did not stop"
}

case "${1:-}/$#" in
start/3 | start/4) mkdir -p "$2" ;;
stop/2) ;;
*) usage ;;
esac
dir=$(cd -- "$2" && pwd -P)
case $1 in
start) start "${@:3}" ;;
stop) stop ;;
esac
