# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154,SC2317 # names of stage.sh, and functions that it calls
# No engine: what one reading of a photo costs the parts of one node, for the arithmetic of docs/SCALE.md. READINGS (200) by the
# API, eight at a time, with the sandbox's AI; the table is .data/engines/figures.md. Not part of a whole run.

READINGS=${READINGS:-200}

play() {
  local begun
  start_stage
  start_programs
  # What is made once stays outside: prepared statements, first pages of tables.
  converse readings "$API_URL" 20
  sleep 2
  figures >"$LOGS/before"
  begun=$(now)
  converse readings "$API_URL" "$READINGS"
  BUSY=$(since "$begun")
  sleep 2
  figures >"$LOGS/after"
  table >"$FOLDER/figures.md"
  cat -- "$FOLDER/figures.md"
  result figures yes "$BUSY" "$READINGS readings; .data/engines/figures.md"
}

# figures: name and count, one a line.
figures() {
  sql "$DIRECT" "SELECT pg_stat_force_next_flush()" >/dev/null
  sql "$DIRECT" "
    SELECT 'commits', xact_commit FROM pg_stat_database WHERE datname = 'symancy' UNION ALL
    SELECT 'rows inserted', tup_inserted FROM pg_stat_database WHERE datname = 'symancy' UNION ALL
    SELECT 'rows updated', tup_updated FROM pg_stat_database WHERE datname = 'symancy' UNION ALL
    SELECT 'rows deleted', tup_deleted FROM pg_stat_database WHERE datname = 'symancy' UNION ALL
    SELECT 'bytes of WAL', (pg_current_wal_lsn() - '0/0')::bigint UNION ALL
    SELECT 'bytes of the database', pg_database_size('symancy') UNION ALL
    SELECT 'paid calls of the AI', count(*) FROM paid_calls"
  echo "commands of Redis|$(REDISCLI_AUTH=$PASSWORD redis-cli -h 127.0.0.1 -p "$REDIS_PORT" --no-auth-warning INFO stats |
    awk -F: '/^total_commands_processed/ { print $2 + 0 }')"
  echo "CPU ms of the API|$(cpu "${CHILDREN[api]}")"
  echo "CPU ms of the worker|$(cpu "${CHILDREN[worker]}")"
  echo "CPU ms of Postgres|$(cpu_within "$FOLDER/postgres")"
  echo "CPU ms of Redis|$(cpu_within "$FOLDER/redis")"
  echo "bytes of the bucket|$(du -sb -- "$SANDBOX_DATA_DIR" | cut -f 1)"
}

# cpu <process>: milliseconds so far; a tick is 10.
cpu() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ print ($12 + $13) * 10 }'; }

# Of all processes that work in a folder; a session that has ended is left out.
cpu_within() {
  local cwd
  for cwd in /proc/[0-9]*/cwd; do
    if [[ $cwd -ef $1 ]]; then cpu "$(basename -- "${cwd%/cwd}")"; fi
  done | awk '{ all += $1 } END { print all + 0 }'
}

table() {
  echo "| of one reading | count |"
  echo "| --- | --- |"
  paste -d '|' "$LOGS/before" "$LOGS/after" |
    awk -F '|' -v readings="$READINGS" '{ printf "| %s | %.1f |\n", $1, ($4 - $2) / readings }'
}
