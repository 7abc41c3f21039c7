# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # some variables and functions are used by what sources this, or come from there
# What the scenarios of engines stand on: the stage of the drills, on services of their own. Sourced by engines.sh; needs
# what that sources.

# Processes of the engines, in the order in which they were started, by their names.
declare -A ENGINES=()
STARTED_ENGINES=()
# Postgres itself, whatever stands in between.
DIRECT=''

ask() { python3 "$ROOT/deploy/drill/ask.py" "$@" 7>&-; }
converse() { python3 "$HERE/play.py" "$@" 7>&-; }

# An empty Postgres and Redis.
start_services() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" stop engines
  (cd -- "$FOLDER" && rm -rf -- postgres redis)
  SERVICES=1
  "$ROOT/deploy/local/services.sh" start engines
  addresses=$("$ROOT/deploy/local/services.sh" env engines)
  eval "$addresses"
  DIRECT=$DATABASE_URL
  INSTANCE=engines DATA=$FOLDER
  read -r POSTGRES_PORT REDIS_PORT <"$FOLDER/ports"
  read_password
  choose_service_user
  find_postgres
  export PATH=$PATH:$PG_BIN:/usr/sbin
  # The conversation has an address sign up, and an operator look.
  export ACCOUNTS_HIDE_EXISTENCE=false
}

# start_engine <name> <command...>: in a folder of its own that holds what is there already. Its input is descriptor 7.
start_engine() {
  local name=$1
  shift
  own_folder "$FOLDER/$name"
  spawn "$FOLDER/$name" "$LOGS/$name.log" "$@"
  ENGINES[$name]=$SPAWNED
  disown # or bash would report a death itself, in its own words
  STARTED_ENGINES+=("$name")
}

# fresh_folder <name>: an empty one, of the user of the engines.
fresh_folder() {
  rm -rf -- "${FOLDER:?}/$1"
  own_folder "$FOLDER/$1"
}

# end_engine <name> [signal]
end_engine() {
  [[ -n ${ENGINES[$1]:-} ]] || return 0
  end_process "${ENGINES[$1]}" "${2:-TERM}" 20 || kill -KILL "${ENGINES[$1]}" 2>/dev/null || true
  unset "ENGINES[$1]"
}

# engine_answers <name> <check...>: within half a minute.
engine_answers() {
  local name=$1
  shift
  wait_until 30 "$@" || {
    show_tail "$LOGS/$name.log" 20
    fail "$name does not answer within half a minute."
  }
}

end_programs() {
  local name
  for name in worker api; do end_orderly "$name" 90; done
}

# talk <name of the result> <what the engine is seen to do: a function that prints it, and fails if it does not>
talk() {
  local begun seen verdict=yes
  begun=$(now)
  converse all "$API_URL"
  seen=$("$2") || verdict=no
  # A line of the report.
  seen=${seen//$'\n'/ }
  result "$1" "$verdict" "$(since "$begun")" "$seen"
}

stop_everything() {
  local name at
  STOPPING=1
  ask_to_end worker worker-2 api api-2
  for name in worker worker-2 api api-2; do end_within 20 "$name"; done
  if [[ -n $PROXY ]]; then kill -TERM "$PROXY" 2>/dev/null || true; fi
  for ((at = ${#STARTED_ENGINES[@]} - 1; at >= 0; at--)); do end_engine "${STARTED_ENGINES[at]}" INT; done
  ask_to_end sandbox
  end_within 10 sandbox
  if ((SERVICES)); then "$ROOT/deploy/local/services.sh" stop engines || true; fi
}
