# shellcheck shell=bash
# The database: first a mistake (all readings are gone), and back to the moment before; then the disk is gone, and back to the
# last moment that the WAL has. Kept if the readings of that minute are there and photos are read again. Aims: section 13.1.

play() {
  local before after moment begun
  start_stage
  open_cluster
  start_programs
  ask reading "$API_URL" >/dev/null
  back_up

  # A mistake.
  before=$(ask accepted "$API_URL")
  ask ended "$API_URL" "$before"
  sleep 1
  moment=$(date -u +%FT%T.%3NZ)
  sleep 1
  sql "$DATABASE_URL" 'TRUNCATE analysis_history CASCADE'
  wait_for_archive
  end_cluster INT
  begun=$(now)
  bring_back "$moment"
  ask reading "$API_URL" >/dev/null
  has_reading "$before" || fail "The reading $before of the minute before the mistake is not there."
  result database-moment kept "back to $moment: of that minute there is $(rows_of "$before"); $LOST s between it and the last transaction" "$(since "$begun")" 1800
  back_up

  # The disk.
  after=$(ask accepted "$API_URL")
  ask ended "$API_URL" "$after"
  wait_for_archive
  end_cluster QUIT
  rm -rf -- "${CLUSTER:?}/data"
  begun=$(now)
  bring_back latest
  ask reading "$API_URL" >/dev/null
  has_reading "$after" || fail "The reading $after, older than archive_timeout, is not there."
  result database-latest kept "the folder of the data was deleted; archive_timeout was $ARCHIVE_TIMEOUT s" "$(since "$begun")" 1800 "$LOST" 300
}

# What is committed is in the bucket when the next file of the WAL is.
wait_for_archive() {
  local file
  file=$(sql "$DATABASE_URL" 'SELECT pg_walfile_name(pg_current_wal_lsn())')
  wait_until 60 is_archived "$file" || fail "The WAL is not archived; see ${LOGS#"$ROOT"/}/postgres.log."
}
is_archived() { [[ $(sql "$DATABASE_URL" "SELECT coalesce(last_archived_wal >= '$1', FALSE) FROM pg_stat_archiver") == t ]]; }

has_reading() { [[ -n $(rows_of "$1") ]]; }
rows_of() { sql "$DATABASE_URL" "SELECT 'the reading of ' || to_char(created_at AT TIME ZONE 'UTC', 'HH24:MI:SS') || ' (' || status || ')' FROM analysis_history WHERE id = '$1'"; }
