# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # names of stage.sh, and functions that it calls
# A standby of Postgres, by streaming replication. Works if operators' lists come from it, and from the primary while it is
# behind or gone. Which of the two has answered, the lists themselves tell: the standby is held at a moment.

LAG=20

play() {
  start_stage
  make_replica
  start_replica
  export DATABASE_REPLICA_URL=postgres://symancy:$PASSWORD@127.0.0.1:$REPLICA_PORT/symancy
  export DATABASE_REPLICA_LAG_SECONDS=$LAG
  start_programs
  become_operator
  talk "Postgres streaming replication, DATABASE_REPLICA_URL" reads_from_it
}

make_replica() {
  fresh_folder replica
  (
    in_folder "$FOLDER/replica" "PGPASSWORD=$PASSWORD" "$PG_BIN/pg_basebackup" -R -X stream -c fast \
      -D "$(reach "$FOLDER/replica")" -d "host=127.0.0.1 port=$POSTGRES_PORT user=symancy sslmode=disable"
  ) >"$LOGS/basebackup.log" 2>&1 || fail "The standby could not be copied; see ${LOGS#"$ROOT"/}/basebackup.log."
  free_port REPLICA_PORT 54390
}

start_replica() {
  start_engine replica "$PG_BIN/postgres" -D "$(reach "$FOLDER/replica")" -c "port=$REPLICA_PORT" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 7</dev/null
  engine_answers replica on_replica 'SELECT 1'
}

on_replica() { sql "postgres://symancy:$PASSWORD@127.0.0.1:$REPLICA_PORT/symancy" "$1" >/dev/null 2>&1; }

become_operator() {
  local person
  read -r person TOKEN < <(converse signs-up "$API_URL")
  [[ -n $TOKEN ]] || fail "Signing up did not work."
  # What `symancy operators add` and a code of an app do.
  sql "$DIRECT" "INSERT INTO operators (user_id, role, made_at) VALUES ('$person', 'admin', now());
    UPDATE sessions SET second_at = now(), second_method = 'otp' WHERE user_id = '$person'"
}

# shows <person>: whether the list of an operator has them.
shows() { converse lists "$API_URL" "$TOKEN" | grep -q "$1"; }
hides() { ! shows "$1"; }

reads_from_it() {
  local person begun
  # The standby stops here, and what comes now it does not have.
  on_replica 'SELECT pg_wal_replay_pause()'
  person=$(sql "$DIRECT" "INSERT INTO users (telegram_id) VALUES (4242) RETURNING id")
  hides "$person" || { echo "the list did not come from the standby"; return 1; }
  begun=$(now)
  wait_until $((LAG + 20)) shows "$person" || { echo "a standby that is behind was read for $(since "$begun") s"; return 1; }
  echo "operators' lists came from the standby; $(since "$begun") s after it stood still (allowed: $LAG s) the primary answered;"
  on_replica 'SELECT pg_wal_replay_resume()'
  end_engine replica INT
  shows "$person" || { echo "without a standby there was no answer"; return 1; }
  echo "without it too"
}
