# shellcheck shell=bash
# The private Postgres of an instance. Sourced by services.sh; needs say, ports, packages, instance.

# Sets PG_BIN to the newest installation of 15 or later, or leaves it empty.
find_postgres() {
  local dir version best=0
  PG_BIN=''
  for dir in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)" "$(dirname "$(command -v postgres || echo /)")"; do
    [[ -x $dir/postgres && -x $dir/initdb && -x $dir/psql ]] || continue
    version=$("$dir/postgres" --version | sed -n 's/.* \([0-9]*\)[.a-z].*/\1/p')
    if ((${version:-0} >= 15 && version > best)); then
      best=$version
      PG_BIN=$dir
    fi
  done
  use_version_of_the_data
}

# A cluster opens only with the version that made it.
use_version_of_the_data() {
  local made dir
  [[ -s $DATA/postgres/PG_VERSION && -n $PG_BIN ]] || return 0
  made=$(<"$DATA/postgres/PG_VERSION")
  for dir in "/usr/lib/postgresql/$made/bin" "$PG_BIN"; do
    if [[ -x $dir/postgres && $("$dir/postgres" --version) == *" $made."* ]]; then
      PG_BIN=$dir
      return 0
    fi
  done
  fail "The data in .data/$INSTANCE was made by Postgres $made, which is not installed any more. Install it (apt-get install postgresql-$made), or move .data/$INSTANCE/postgres away to begin with an empty database."
}

postgres_process() { process_of "$DATA/postgres/postmaster.pid" "$DATA/postgres"; }

# query <sql>: runs it in the database of the instance; fails if the server is not ours, for only
# ours knows the password.
query() {
  PGPASSWORD=$PASSWORD PGCONNECT_TIMEOUT=5 "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
    "host=127.0.0.1 port=$POSTGRES_PORT user=symancy dbname=${2:-postgres} sslmode=disable" -c "$1"
}

postgres_ready() { query 'SELECT 1' >/dev/null 2>&1; }

make_cluster() {
  local folder=$DATA/postgres.new log=$LOGS/initdb.log
  [[ ! -e $DATA/postgres/PG_VERSION ]] || return 0
  # A half-made cluster of an interrupted start never gets the final name.
  rm -rf -- "$folder"
  own_folder "$folder"
  say "Making the database cluster in .data/$INSTANCE/postgres…"
  # The password goes in by standard input, where no list of processes shows it.
  # shellcheck disable=SC2016 # expanded by the inner shell, which runs as the service user
  local with_password='exec 7<&0; exec "$0" --pwfile=<(cat <&7) "$@"'
  (
    in_folder "$folder" bash -c "$with_password" "$PG_BIN/initdb" -D "$(reach "$folder")" -U symancy \
      --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-instructions
  ) >"$log" 2>&1 <<<"$PASSWORD" || {
    show_tail "$log" 20
    fail "Postgres could not make its data folder. The lines above say why (a full disk and a file system without permissions are the usual reasons)."
  }
  mv -T -- "$folder" "$DATA/postgres" ||
    fail "There is something in .data/$INSTANCE/postgres that is not a Postgres cluster. Move it away and try again."
}

postgres_settings() {
  printf '%s\n' "listen_addresses=127.0.0.1" "port=$POSTGRES_PORT" "max_connections=200"
  # Clients come over TCP with a password. A socket path may be no longer than 107 bytes, which a
  # deep clone exceeds, and one way in is enough.
  printf '%s\n' "unix_socket_directories="
  if [[ $INSTANCE == test ]]; then
    # Every test makes its own database and drops it: nothing here has to survive a power cut, and
    # without the waiting for the disk the suite takes a fraction of the time.
    printf '%s\n' "fsync=off" "synchronous_commit=off" "full_page_writes=off"
  else
    printf '%s\n' "fsync=on" "synchronous_commit=on" "full_page_writes=on"
  fi
}

start_postgres() {
  local setting args=() log=$LOGS/postgres.log
  make_cluster
  # Backends outlive a killed postmaster for a moment and keep the shared memory.
  wait_until 15 nobody_works_in "$DATA/postgres" ||
    fail "Processes of an earlier Postgres still work in .data/$INSTANCE/postgres and do not end. Look at them with: fuser -v .data/$INSTANCE/postgres"
  # No server runs here, so this file can only be left over from a crash. Postgres itself would trust
  # it if the number belongs to another process by now.
  rm -f -- "$DATA/postgres/postmaster.pid"
  rotate "$log"
  while read -r setting; do args+=(-c "$setting"); done < <(postgres_settings)
  spawn "$DATA/postgres" "$log" "$PG_BIN/postgres" -D "$(reach "$DATA/postgres")" "${args[@]}" 7</dev/null
  STARTED+=("$SPAWNED")
  wait_until 60 ready_or_dead postgres_ready "$SPAWNED" || true
}

# The name of the database people and programs see.
make_database() {
  [[ $(query "SELECT 1 FROM pg_database WHERE datname = 'symancy'") == 1 ]] || query 'CREATE DATABASE symancy'
}

# Databases that a killed test run could not drop, and the templates of the tests. The lock of test.sh
# makes sure that no other run uses them.
drop_test_databases() {
  local name
  while read -r name; do
    if [[ -z $name ]]; then continue; fi
    query "ALTER DATABASE \"$name\" IS_TEMPLATE false"
    query "DROP DATABASE \"$name\" WITH (FORCE)"
  done < <(query "SELECT datname FROM pg_database WHERE datname LIKE 'symancy\\_test\\_%'")
}

stop_postgres() {
  local pid
  pid=$(postgres_process) || return 1
  # SIGINT is the fast shutdown: sessions are ended, everything is written.
  end_process "$pid" INT 60 || {
    say "Postgres did not stop within a minute; it is stopped hard and will recover at the next start."
    end_process "$pid" QUIT 10 || true
  }
}
