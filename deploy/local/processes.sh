# shellcheck shell=bash
# The processes of `make run`, `make k6` and `make observe`: started in sessions of their own, shown with their
# name in front, stopped in order. Sourced by run.sh, k6.sh and observe.sh; needs say, ports and instance (for
# wait_until).

declare -A CHILDREN=() COLOURS=([sandbox]=$'\e[35m' [api]=$'\e[36m' [worker]=$'\e[33m' [metrics]=$'\e[36m' [alerts]=$'\e[35m')
SHOWS=()

# launch <name> <command...>: the output goes straight to a file, so that neither a slow terminal
# nor our own death can block or break the process; a second process shows the file.
launch() {
  local name=$1 log=$LOGS/$1.log
  shift
  rotate "$log"
  : >"$log"
  # A session of its own: the terminal's Ctrl-C is for us, who stop things in order. If we are
  # killed ourselves, the kernel tells the child to end.
  setsid setpriv --pdeathsig TERM -- "$@" >"$log" 2>&1 </dev/null &
  CHILDREN[$name]=$!
  disown # or bash would report the death itself, in its own words
  show "$name" "$log" "${CHILDREN[$name]}"
}

show() { # name, log, pid
  local front
  printf -v front '%-7s │ ' "$1"
  if [[ -n $RESET ]]; then front=${COLOURS[$1]}$front$RESET; fi
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid bash -c 'tail -n +1 -f -s 0.2 --pid="$1" -- "$2" | sed -u "s/^/$3/"' show "$3" "$2" "$front" 2>/dev/null </dev/null &
  SHOWS+=("$!")
  disown
}

running() { [[ -n ${CHILDREN[$1]:-} ]] && ! process_gone "${CHILDREN[$1]}"; }

# await_health <name> <port> <path>
await_health() {
  wait_until 60 healthy_or_over "$@" || died "$1" "runs but does not answer on http://127.0.0.1:$2$3 after a minute."
  ((STOPPING == 0)) || return 0
  running "$1" || died "$1" "ended while it started."
}

healthy_or_over() { ((STOPPING)) || ! running "$1" || http_ok "$2" "$3"; }

died() { # name, sentence
  sleep 0.3
  say ""
  printf '%s✗ %s %s%s\n' "$RED" "$1" "$2" "$RESET" >&2
  show_tail "$LOGS/$1.log" 15
  stop_everything
  exit 1
}

# ask_to_end <name...>: SIGTERM to each that runs.
ask_to_end() {
  local name
  for name in "$@"; do
    if running "$name"; then kill -TERM "${CHILDREN[$name]}" 2>/dev/null || true; fi
  done
}

# end_within <seconds> <name>: waits, then kills. A second Ctrl-C ends the waiting.
end_within() {
  running "$2" || return 0
  if ! wait_until "$1" over_or_hurried "$2" || running "$2"; then
    if running "$2"; then
      ((HURRY)) || say "$2 did not stop within $1 seconds and is killed; its unfinished jobs are taken up at the next start."
      kill -KILL "${CHILDREN[$2]}" 2>/dev/null || true
      wait_until 5 process_gone "${CHILDREN[$2]}" || true
    fi
  fi
}

over_or_hurried() { ((HURRY)) || ! running "$1"; }

# Lets the shows print the last lines, then ends them.
end_shows() {
  local pid
  for pid in "${SHOWS[@]}"; do
    wait_until 2 process_gone "$pid" || kill -TERM -- "-$pid" 2>/dev/null || true
  done
}
