# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154,SC2317 # names of stage.sh, and functions that it calls
# No engine: what one reading of a photo costs the parts of one node, for the arithmetic of docs/SCALE.md. READINGS (30) by the
# API, with the sandbox's AI; the table is .data/engines/figures.md. Not part of a whole run.

READINGS=${READINGS:-30}

play() {
  local begun
  start_stage
  start_programs
  # What is made once stays outside: prepared statements, partitions, first pages of tables.
  ask reading "$API_URL" >/dev/null
  sql "$DIRECT" CHECKPOINT
  sleep 2
  figures >"$LOGS/before"
  begun=$(now)
  for _ in $(seq "$READINGS"); do ask reading "$API_URL" >/dev/null; done
  BUSY=$(since "$begun")
  # Those of a node that has nothing to do are taken off.
  figures >"$LOGS/after"
  sleep 20
  figures >"$LOGS/idle"
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
  echo "bytes of the bucket|$(du -sb -- "$SANDBOX_DATA_DIR" | cut -f 1)"
}

table() {
  echo "| of one reading | count |"
  echo "| --- | --- |"
  paste -d '|' "$LOGS/before" "$LOGS/after" "$LOGS/idle" |
    awk -F '|' -v readings="$READINGS" -v busy="$BUSY" \
      '{ printf "| %s | %.1f |\n", $1, (($4 - $2) - ($6 - $4) / 20 * busy) / readings }'
}
