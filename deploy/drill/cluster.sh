# shellcheck shell=bash
# shellcheck disable=SC2034,SC2317 # some variables and functions are used by what sources this
# A Postgres whose WAL is archived, as docs/BACKUPS.md sets it up. In a folder of its own under /var/tmp, because its user may
# not enter a clone that is private. Sourced by drill.sh; needs what that sources.

CLUSTER='' CLUSTER_PORT=0 BACKUP=()
# Seconds; a deployment has 60, and a drill should not wait for them.
ARCHIVE_TIMEOUT=5

# open_cluster: an empty cluster, a key of age, and the settings of backups for all programs. After start_stage.
open_cluster() {
  command -v age-keygen >/dev/null || install_packages age age
  INSTANCE=drill DATA=$FOLDER SERVICE_USER=$(id -un)
  if ((EUID == 0)); then SERVICE_USER=postgres; fi
  find_postgres
  CLUSTER=$(mktemp -d /var/tmp/symancy-drill.XXXXXX)
  cp -- "$BIN/symancy" "$CLUSTER/symancy"
  age-keygen -o "$CLUSTER/key.txt" 2>/dev/null
  export BACKUP_S3_BUCKET=$S3_BUCKET BACKUP_S3_ENDPOINT=$S3_ENDPOINT BACKUP_S3_REGION=$S3_REGION
  export BACKUP_S3_ACCESS_KEY_ID=$S3_ACCESS_KEY_ID BACKUP_S3_SECRET_ACCESS_KEY=$S3_SECRET_ACCESS_KEY
  BACKUP=("BACKUP_RECIPIENT=$(age-keygen -y "$CLUSTER/key.txt")" "BACKUP_KEY_FILE=$CLUSTER/key.txt")
  if ((EUID == 0)); then chown -R -- "$SERVICE_USER:" "$CLUSTER"; fi
  free_port CLUSTER_PORT 54380
  as_owner "$PG_BIN/initdb" -D data --auth=trust --username=symancy --encoding=UTF8 --locale=C.UTF-8 >"$LOGS/initdb.log"
  serve_cluster
  export DATABASE_URL="postgres://symancy@127.0.0.1:$CLUSTER_PORT/symancy?sslmode=disable"
  sql "${DATABASE_URL/\/symancy\?/\/postgres?}" 'CREATE DATABASE symancy'
}

# as_owner <command...>: as the user of the server, with the settings of backups and nothing else.
as_owner() {
  local name settings=()
  for name in "${!BACKUP_S3_@}"; do settings+=("$name=${!name}"); done
  (
    cd -- "$CLUSTER" || exit
    as_service "PATH=$PG_BIN:$PATH" PGHOST=127.0.0.1 "PGPORT=$CLUSTER_PORT" PGUSER=symancy "${settings[@]}" "${BACKUP[@]}" "$@" 7>&-
  )
}

serve_cluster() {
  as_owner setsid "$PG_BIN/postgres" -D data -p "$CLUSTER_PORT" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c archive_mode=on -c "archive_timeout=$ARCHIVE_TIMEOUT" \
    -c "archive_command='$CLUSTER/symancy' backup wal-push %p" >>"$LOGS/postgres.log" 2>&1 </dev/null &
  wait_until 60 cluster_answers || fail "Postgres does not answer on port $CLUSTER_PORT; see ${LOGS#"$ROOT"/}/postgres.log."
}
cluster_answers() { sql "postgres://symancy@127.0.0.1:$CLUSTER_PORT/postgres?sslmode=disable" 'SELECT 1' >/dev/null 2>&1; }

# end_cluster <signal>: INT stops it in order, QUIT as a crash does.
end_cluster() {
  local pid
  [[ -n $CLUSTER && -s $CLUSTER/data/postmaster.pid ]] || return 0
  pid=$(head -n 1 "$CLUSTER/data/postmaster.pid")
  end_process "$pid" "$1" 60
  rm -f -- "$CLUSTER/data/postmaster.pid"
}

stop_cluster() {
  [[ -n $CLUSTER ]] || return 0
  end_cluster INT || true
  rm -rf -- "$CLUSTER"
}

back_up() { as_owner ./symancy backup now >>"$LOGS/backup.log"; }

# bring_back <latest or a moment>: all of "A database is lost" of docs/BACKUPS.md. LOST is what the restore has measured.
bring_back() {
  local name
  as_owner ./symancy restore --at "$1" --swap "$CLUSTER/data" --json >"$LOGS/restored.json"
  LOST=$(json rpo_seconds <"$LOGS/restored.json")
  serve_cluster
  "$BIN/symancy" restore finish >"$LOGS/finish.log"
  for name in api worker; do
    # Programs that were running have ended, or were refused.
    if running "$name"; then end_orderly "$name" 90; fi
  done
  start_programs
  for name in $(sql "$DATABASE_URL" 'SELECT queue FROM job_pauses'); do
    "$BIN/symancy" jobs resume "$name" >>"$LOGS/finish.log"
  done
}

# json <field>: of the first object that has it.
json() {
  python3 -c 'import json, sys
for line in sys.stdin:
    told = json.loads(line)
    if sys.argv[1] in told:
        print(round(told[sys.argv[1]], 1))
        break' "$1"
}
