#!/usr/bin/env bash
# `make symancy ARGS="jobs stats"`: the operator's command against what `make run` runs, with the same
# environment: DATABASE_URL and REDIS_URL are those of the caller where they are set. Uses the binary that `make run` has built; builds
# it if there is none.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=say.sh
source "$HERE/say.sh"
# shellcheck source=toolchain.sh
source "$HERE/toolchain.sh"
# shellcheck source=ports.sh
source "$HERE/ports.sh"
# shellcheck source=dotenv.sh
source "$HERE/dotenv.sh"
# shellcheck source=world.sh
source "$HERE/world.sh"

main() {
  local addresses folder=${PROFILE:-dev}
  cd -- "$ROOT"
  load_dotenv "$ROOT/.env"
  addresses=$("$HERE/services.sh" env run) || exit 1
  eval "$addresses"
  choose_addresses
  choose_world
  if [[ $folder == dev ]]; then folder=debug; fi
  local binary=${CARGO_TARGET_DIR:-$ROOT/target}/$folder/symancy
  [[ -x $binary ]] || build
  exec "$binary" "$@"
}

# All binaries, as `make run` does: with fewer, cargo would build their dependencies once more.
build() {
  require_toolchain
  say "${BOLD}Building…${RESET}"
  cargo build --locked --workspace --bins --profile "${PROFILE:-dev}" >&2
}

main "$@"
