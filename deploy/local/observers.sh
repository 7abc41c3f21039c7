# shellcheck shell=bash
# Prometheus and Alertmanager with their tools: those of the machine, or, which does for `make lint`, Debian's packages unpacked
# into .data/observers, so that nothing is installed and no service starts. Sourced; needs say.sh and ROOT.

# Are they all there? Puts them into PATH.
find_observers() {
  have_observers && return
  [[ -d $ROOT/.data/observers/usr/bin ]] || return 1
  PATH=$ROOT/.data/observers/usr/bin:$PATH
  have_observers
}

have_observers() {
  local program
  for program in prometheus promtool prometheus-alertmanager amtool; do
    command -v "$program" >/dev/null || return 1
  done
}

install_observers() {
  local folder=$ROOT/.data/observers
  { command -v apt-get && command -v dpkg; } >/dev/null || return 1
  mkdir -p -- "$folder"
  # shellcheck disable=SC2016 # expanded by the inner shell
  show_progress "Unpacking Prometheus and Alertmanager into .data/observers (first time only, 30 MB)…" "$folder.log" \
    bash -c 'set -e
      cd -- "$1"
      shift
      apt-get -q download "$@" || { apt-get -q -o DPkg::Lock::Timeout=120 update && apt-get -q download "$@"; }
      for package in ./*.deb; do dpkg -x "$package" .; done
      rm -f ./*.deb' unpack "$folder" prometheus prometheus-alertmanager || {
    show_tail "$folder.log" 10
    return 1
  }
  find_observers
}
