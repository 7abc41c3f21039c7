#!/usr/bin/env bash
# The programs of the product read their environment through `kernel::env` alone, where every setting is
# declared; `.env.example` is made of those. What scripts, tests and the sandbox read is described by
# hand in deploy/local/env.example: this compares. Run by `make lint`.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

BROKEN=0

# tell <what is wrong>: reads findings, one a line.
tell() {
  local finding
  while IFS= read -r finding; do
    printf '✗ %s: %s\n' "$1" "$finding"
    BROKEN=1
  done
}

described() { sed -nE 's/^#([A-Z0-9_]+)=.*/\1/p' "$@" | sort -u; }

# Names that are ours, in what is no program of the product.
read_outside() {
  {
    grep -rhoE --include='*.rs' '"(SANDBOX|TEST)_[A-Z0-9_]+"' sandbox/src testkit | tr -d '"'
    grep -hoE '\b(SANDBOX|SYMANCY|TEST)_[A-Z0-9_]+' deploy/local/*.sh
  } | sort -u
}

# The name of who runs a command is no setting.
tell "the environment is read past kernel::env" < <(
  grep -rnE --include='*.rs' '\benv::vars?(_os)?\(' api/src worker/src cli/src shared/*/src |
    grep -vE '^shared/kernel/src/env/|named = \|name\|' || true
)
tell "not in deploy/local/env.example" < <(comm -23 <(read_outside) <(described deploy/local/env.example))
tell "in deploy/local/env.example, but never read" < <(comm -13 <(read_outside) <(described deploy/local/env.example))
tell "set by deploy/local/world.sh, but no variable" < <(
  comm -13 <(described .env.example) <(sed -nE 's/^ *default ([A-Z0-9_]+) .*/\1/p' deploy/local/world.sh | sort -u)
)
((BROKEN == 0)) || exit 1
echo "Every variable is declared or described."
