# shellcheck shell=bash
# shellcheck disable=SC2034 # the variables are read by the scripts that source this
# One instance of the private services: where its data lies, who runs it, what its password is.
# Sourced by services.sh; needs say.sh. Sets INSTANCE, DATA, LOGS, SERVICE_USER, PASSWORD.

open_instance() { # name
  INSTANCE=$1
  DATA=$ROOT/.data/$INSTANCE
  LOGS=$DATA/logs
  make_data_folder
  choose_service_user
  # One start or stop at a time; the servers do not inherit this (see `spawn`).
  exec 8>"$DATA/lock"
  flock -w 120 8 || fail "Another start or stop of the '$INSTANCE' services has been at work for two minutes. Look for it with: pgrep -af services.sh"
  read_password
}

make_data_folder() {
  if [[ ! -d $DATA ]]; then
    mkdir -p -- "$DATA" || fail "The folder .data/$INSTANCE cannot be made here. Run this as the user who owns the clone."
    chmod 0700 -- "$DATA"
  fi
  [[ -w $DATA && -x $DATA ]] ||
    fail "The folder .data/$INSTANCE belongs to the user $(stat -c %U -- "$DATA"). Run this as that user (or as root), or move .data/$INSTANCE away to begin with an empty database."
  mkdir -p -- "$LOGS"
}

# Postgres refuses to run as root, so root lends both servers an unprivileged user: the one that
# owns the data already, else Debian's `postgres`.
choose_service_user() {
  local owner
  if [[ -d $DATA/postgres ]]; then owner=$(stat -c %U "$DATA/postgres"); fi
  SERVICE_USER=$(id -un 2>/dev/null) ||
    fail "The user with the number $EUID has no name in /etc/passwd, and Postgres wants one. Run this as a named user."
  if ((EUID != 0)); then
    [[ ${owner:-$SERVICE_USER} == "$SERVICE_USER" ]] ||
      fail "The data in .data/$INSTANCE belongs to the user $owner. Run this as that user (or as root), or move .data/$INSTANCE away to begin with an empty database."
    return
  fi
  if [[ -n ${owner:-} && $owner != root && $owner != UNKNOWN ]]; then
    SERVICE_USER=$owner
  else
    SERVICE_USER=postgres
  fi
}

ensure_service_user() {
  id -u "$SERVICE_USER" >/dev/null 2>&1 && return
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$SERVICE_USER" ||
    fail "The system user '$SERVICE_USER', which runs Postgres and Redis, could not be made. Make it by hand with: useradd --system $SERVICE_USER"
}

# A generated password, so that no other user of this machine can walk in over loopback.
read_password() {
  local file=$DATA/password
  if [[ ! -s $file ]]; then
    (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file.new" && mv -- "$file.new" "$file")
  fi
  PASSWORD=$(<"$file") || fail "The password in .data/$INSTANCE/password cannot be read. Run this as the user who owns that file."
}

# Becomes the given command, as the unprivileged user and with nothing of the caller's environment.
# Only for subshells.
as_service() {
  local run=(env -i PATH="$PATH" LC_ALL=C.UTF-8 HOME=/ "$@")
  if ((EUID == 0)); then
    run=(setpriv --reuid "$SERVICE_USER" --regid "$(id -g "$SERVICE_USER")" --init-groups --no-new-privs -- "${run[@]}")
  fi
  exec "${run[@]}"
}

# own_folder <path>: a private folder of the service user.
own_folder() {
  mkdir -p -- "$1"
  chmod 0700 -- "$1"
  if ((EUID == 0)); then chown "$SERVICE_USER:" "$1"; fi
}

# in_folder <folder> <command...>: becomes the command, as the service user.
#
# The data may lie where that user may not go: .data/<name> is private, and the whole clone may be
# under /root. So the command gets the folder as open descriptor 9, opened by us, and is told the
# path that `reach` prints. That needs no capability, and no chmod of anything that is not ours.
# Only for subshells.
in_folder() {
  exec 9<"$1" 8>&-
  shift
  # Postgres returns to its first working directory while it looks for its own files.
  cd /
  as_service "$@"
}

# reach <folder>: the path by which the service user gets at a folder.
reach() {
  if (cd / && as_service test -x "$1") 2>/dev/null; then echo "$1"; else echo /proc/self/fd/9; fi
}

# spawn <folder> <log> <command...>: starts a server in a session of its own, so that the caller's
# Ctrl-C does not reach it. Its input is descriptor 7. SPAWNED is its process.
spawn() {
  local folder=$1 log=$2
  shift 2
  (in_folder "$folder" setsid "$@") >>"$log" 2>&1 <&7 7<&- &
  SPAWNED=$!
}

# process_of <pidfile> <folder>: the process named in the file, if it is alive and works in that
# folder. A number left by a crash or by an earlier boot may belong to any process by now.
process_of() {
  local pid=''
  read -r pid 2>/dev/null <"$1" || [[ -n $pid ]] || return 1
  [[ $pid =~ ^[0-9]+$ && /proc/$pid/cwd -ef $2 ]] || return 1
  echo "$pid"
}

# end_process <pid> <signal> <seconds>: asks a process to end and waits for it.
end_process() {
  kill -s "$2" "$1" 2>/dev/null || return 0
  wait_until "$3" process_gone "$1"
}

process_gone() { ! kill -0 "$1" 2>/dev/null || [[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == Z* ]]; }

nobody_works_in() { # folder
  local cwd
  for cwd in /proc/[0-9]*/cwd; do
    if [[ $cwd -ef $1 ]]; then return 1; fi
  done
}

# ready_or_dead <check> <pid>: there is nothing more to wait for.
ready_or_dead() { "$1" || process_gone "$2"; }

# wait_until <seconds> <command...>
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1 || true
  done
}

# rotate <log>: keeps one older generation.
rotate() { if [[ -s $1 ]]; then mv -f -- "$1" "$1.1"; fi; }
