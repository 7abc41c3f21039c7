# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154,SC2317 # names of stage.sh, and functions that it calls
# PgBouncer before Postgres, lending sessions for as long as a program is connected, and by the transaction. Works if the
# conversation goes as without it; by the transaction, also if more connections of programs share fewer sessions.

play() {
  PATH=$PATH:/usr/sbin
  command -v pgbouncer >/dev/null || install_packages PgBouncer pgbouncer
  start_stage
  free_port POOLER_PORT 6433
  # Past the pooler: a migration holds locks of its session.
  "$BIN/symancy" migrate up >"$LOGS/migrate.log"
  play_mode session on 80 within_session
  play_mode transaction off 6 shares_sessions
}

play_mode() { # pool_mode, DATABASE_STATEMENT_CACHE, sessions, what is seen
  start_pooler "$1" "$3"
  export DATABASE_URL="${DIRECT/:$POSTGRES_PORT\//:$POOLER_PORT\/}?sslmode=disable" DATABASE_STATEMENT_CACHE=$2
  start_programs
  talk "PgBouncer, pool_mode=$1, DATABASE_STATEMENT_CACHE=$2" "$4"
  end_programs
  end_engine pgbouncer INT
  DATABASE_URL=$DIRECT
}

pooler_settings() { # pool_mode, sessions, folder
  cat <<SETTINGS
[databases]
symancy = host=127.0.0.1 port=$POSTGRES_PORT dbname=symancy connect_query='SET statement_timeout = ''30s''; SET lock_timeout = ''10s''; SET idle_in_transaction_session_timeout = ''10s'''
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $POOLER_PORT
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $3/users.txt
stats_users = symancy
pool_mode = $1
default_pool_size = $2
max_client_conn = 500
SETTINGS
}

start_pooler() { # pool_mode, sessions
  local folder
  fresh_folder pgbouncer
  folder=$(reach "$FOLDER/pgbouncer")
  pooler_settings "$1" "$2" "$folder" >"$FOLDER/pgbouncer/pgbouncer.ini"
  printf '"symancy" "%s"\n' "$PASSWORD" >"$FOLDER/pgbouncer/users.txt"
  start_engine pgbouncer pgbouncer "$folder/pgbouncer.ini" 7</dev/null
  engine_answers pgbouncer pooler_is_there
}

pooler_says() {
  PGPASSWORD=$PASSWORD psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 \
    "host=127.0.0.1 port=$POOLER_PORT user=symancy dbname=pgbouncer sslmode=disable" -c "$1" 2>/dev/null
}

pooler_is_there() { pooler_says 'SHOW VERSION' >/dev/null; }
version() { pooler_says 'SHOW VERSION'; }
# Connections of programs, and sessions of Postgres that they are lent.
connections() { pooler_says 'SHOW CLIENTS' | awk '$3 == "symancy"' | wc -l; }
sessions() { pooler_says 'SHOW SERVERS' | awk '$3 == "symancy"' | wc -l; }

within_session() { echo "$(version): $(connections) connections of programs, $(sessions) sessions of Postgres"; }

shares_sessions() {
  within_session
  (($(connections) > $(sessions))) && (($(sessions) <= 6))
}
