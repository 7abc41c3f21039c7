# shellcheck shell=bash
# Installs what is missing from Debian, and nothing besides: no service of Debian's is started or
# left switched on, no cluster of Debian's is made, no package is removed. Sourced; needs say.sh.

POLICY=/usr/sbin/policy-rc.d
# Packages whose service would come up with the next boot, on ports that are not ours to take.
WITH_SERVICE=(redis-server prometheus prometheus-alertmanager pgbouncer rabbitmq-server)
NO_CLUSTER=/etc/postgresql-common/createcluster.d/symancy-setup.conf
APT=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)

# install_packages <what, in words> <package...>
install_packages() {
  local what=$1 by_hand interrupted=0 log
  shift
  by_hand="apt-get update && apt-get install --no-install-recommends $*"
  command -v apt-get >/dev/null ||
    fail "Missing: $what. This is not a Debian machine, so install it by hand and try again (Debian's names: $*)."
  ((EUID == 0)) || fail "Missing: $what. Installing needs root, so run this once as root: $by_hand"
  log=$(mktemp)
  trap release_debian EXIT
  trap 'interrupted=1; say " (finishing the installation first)"' INT TERM HUP
  hold_debian_back "$@"
  show_progress "Updating the package lists…" "$log" "${APT[@]}" update ||
    install_failed "$log" "The package lists could not be updated. Check the network and try again, or run as root: $by_hand"
  show_progress "Installing $what (first time only, about a minute)…" "$log" \
    "${APT[@]}" install -y --no-remove --no-install-recommends "$@" ||
    install_failed "$log" "Installing failed. Try again, or run as root and read what it says: $by_hand"
  release_debian
  trap - EXIT INT TERM HUP
  rm -f -- "$log"
  ((interrupted == 0)) || exit 130
}

install_failed() {
  show_tail "$1" 20
  fail "$2"
}

# While we install: a policy that forbids package scripts to start services, and a setting that
# keeps Debian from making a Postgres cluster of its own. Both go again in release_debian.
hold_debian_back() {
  local service
  SWITCH_OFF=()
  for service in "${WITH_SERVICE[@]}"; do
    if [[ " $* " == *" $service "* ]] && ! dpkg -s "$service" >/dev/null 2>&1; then SWITCH_OFF+=("$service"); fi
  done
  if [[ ! -e $POLICY ]]; then
    printf '#!/bin/sh\n# symancy-setup: removed when the installation ends\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
  fi
  mkdir -p "${NO_CLUSTER%/*}"
  echo 'create_main_cluster = false' >"$NO_CLUSTER"
}

release_debian() {
  rm -f -- "$NO_CLUSTER"
  rmdir -- "${NO_CLUSTER%/*}" 2>/dev/null || true
  # Ours only, also one that a killed run left behind; never a policy that was there before.
  if grep -qs '^# symancy-setup' "$POLICY"; then rm -f -- "$POLICY"; fi
  local service
  for service in "${SWITCH_OFF[@]}"; do
    dpkg -s "$service" >/dev/null 2>&1 || continue
    update-rc.d "$service" disable >/dev/null 2>&1 || true
    say "Debian's own $service service is left switched off; Symancy starts a private one."
  done
}
