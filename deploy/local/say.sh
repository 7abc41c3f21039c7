# shellcheck shell=bash
# shellcheck disable=SC2034 # the colours are used by the scripts that source this
# How the scripts here talk: plain sentences, colour only on a terminal.
# Sourced by run.sh, test.sh and services.sh.

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' RESET=$'\e[0m'
else
  BOLD='' DIM='' RED='' GREEN='' RESET=''
fi

say() { printf '%s\n' "$*" >&2; }
done_with() { printf '%s✓%s %s\n' "$GREEN" "$RESET" "$*" >&2; }

# Ends the script with one sentence on what is wrong and what to do about it.
fail() {
  printf '%s✗ %s%s\n' "$RED" "$*" "$RESET" >&2
  exit 1
}

# show_tail <file> <lines>: the end of a log, indented.
show_tail() {
  [[ -s $1 ]] || return 0
  say "  The last lines of $1:"
  tail -n "$2" -- "$1" | sed 's/^/    /' >&2
}

# show_progress <sentence> <log> <command...>: runs something long and silent. On a terminal a dot
# a second shows that it is alive. The command gets a session of its own, so that Ctrl-C cannot
# leave a half-configured package behind: it ends first, then our own signal is handled.
show_progress() {
  local sentence=$1 log=$2 child status=0
  shift 2
  printf '%s' "$sentence" >&2
  setsid "$@" >"$log" 2>&1 </dev/null &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    if [[ -t 2 ]]; then printf '.' >&2; fi
    sleep 1 || true
  done
  wait "$child" || status=$?
  printf '\n' >&2
  return "$status"
}
