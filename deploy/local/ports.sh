# shellcheck shell=bash
# Who listens where on this machine, with nothing but bash and /proc: a bare machine has neither
# ss nor lsof nor curl. Sourced by those who start servers.

# port_answers <port>: does anything listen on 127.0.0.1?
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port_owner <port>: "name (process 123)" of the listener, as far as we may know it.
port_owner() {
  local hex inode link pid
  printf -v hex '%04X' "$1"
  inode=$(awk -v port=":$hex\$" '$4 == "0A" && $2 ~ port {print $10; exit}' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true)
  if [[ -n $inode ]]; then
    link=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
  fi
  if [[ -z ${link:-} ]]; then
    echo "a process that is not of this project"
    return
  fi
  pid=${link#/proc/}
  pid=${pid%%/*}
  echo "$(cat "/proc/$pid/comm" 2>/dev/null || echo 'a process') (process $pid)"
}

# free_port <variable> <first> [what stands before it]: exports the first port from there on that is free.
free_port() {
  local port=$2
  while port_answers "$port"; do port=$((port + 1)); done
  export "$1=${3:-}$port"
}

# valid_port <name of the variable> <value>
valid_port() {
  if [[ ! $2 =~ ^[1-9][0-9]{0,4}$ ]] || (($2 > 65535)); then
    fail "$1 is '$2', which is not a port. Set it to a number between 1 and 65535."
  fi
}

# http_ok <port> <path>: does 127.0.0.1 answer 200 within two seconds?
http_ok() {
  local status=''
  {
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  } 2>/dev/null
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3 2>/dev/null || true
  read -r -t 2 -u 3 status || true
  exec 3>&-
  [[ $status == HTTP/1.?' 200'* ]]
}
