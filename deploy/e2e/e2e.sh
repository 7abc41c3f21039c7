#!/usr/bin/env bash
# `make e2e`: the Mini App in a real Chromium, against a product of its own and the sandbox: what a person does
# in it, in three languages, sizes and themes; what is killed, cut or slow meanwhile; its speed; and its wrapper
# beside Telegram's own script (web/e2e/run.mjs). The report is .data/e2e/report.md, with Lighthouse's beside it;
# pictures of all screens are in .data/e2e/pictures/.
#
#   CHAPTER=<name>   plays one alone; more than one with commas (web/e2e/run.mjs has their names)
#   LOOK=en-dark     looks at the screens of this language, theme and width alone (en-dark-390)
#   PROFILE=release  measures an optimised build
#   DOCS=1           writes the pictures that docs/ shows to docs/images, instead of .data/e2e/pictures/docs
#
# Needs Node 20.19 or newer with npm, which is installed into .data if it is missing, and Debian's Chromium. The
# first time 200 MB of packages come from npm into web/e2e/node_modules.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=../local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../local/ports.sh
source "$ROOT/deploy/local/ports.sh"
# shellcheck source=../local/packages.sh
source "$ROOT/deploy/local/packages.sh"
# shellcheck source=../local/toolchain.sh
source "$ROOT/deploy/local/toolchain.sh"
# shellcheck source=../local/node.sh
source "$ROOT/deploy/local/node.sh"
# shellcheck source=../local/browser.sh
source "$ROOT/deploy/local/browser.sh"
# shellcheck source=../local/world.sh
source "$ROOT/deploy/local/world.sh"

FOLDER=$ROOT/.data/e2e
SERVICES=0
# Of Debian's fonts-droid-fallback.
CHINESE=/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf

main() {
  local profile=${PROFILE:-dev} folder=${PROFILE:-debug} packages
  cd -- "$ROOT"
  require_toolchain
  require_node
  has_browser || install_browser
  [[ -r $CHINESE ]] || ((EUID != 0)) || install_packages "A font with Chinese letters" fonts-droid-fallback
  mkdir -p -- "$FOLDER"
  exec 7>"$ROOT/.data/e2e.lock"
  flock -n 7 || fail "Another 'make e2e' is at work in this clone. Wait for it to end."
  for packages in "$ROOT/web" "$ROOT/web/e2e"; do
    install_npm "$packages" || fail "The packages of web/ could not be installed. Check the network and try again."
  done
  say "${BOLD}Building…${RESET}"
  cargo build --locked --workspace --bins --profile "$profile"
  [[ $folder != dev ]] || folder=debug
  trap stop EXIT
  trap 'exit 130' INT TERM HUP
  start_services
  choose_ports
  choose_addresses
  SANDBOX_DATA_DIR=$FOLDER/sandbox
  choose_world
  choose_invoices
  # It is a crowd from one address.
  export RATE_LIMIT_IP=0 RATE_LIMIT_USER=0 RATE_LIMIT_KEY=0 RATE_LIMIT_AUTH=0 RATE_LIMIT_AI=0
  export ROOT FOLDER SANDBOX_DATA_DIR BINARIES="${CARGO_TARGET_DIR:-$ROOT/target}/$folder"
  node web/e2e/run.mjs 7>&-
  done_with "The Mini App has kept its promises; the report is .data/e2e/report.md."
}

# Update numbers begin anew with the sandbox, so the database has to as well.
start_services() {
  local addresses
  unset DATABASE_URL REDIS_URL
  "$ROOT/deploy/local/services.sh" stop e2e
  (cd -- "$FOLDER" && rm -rf -- postgres redis sandbox logs pictures)
  SERVICES=1
  "$ROOT/deploy/local/services.sh" start e2e
  addresses=$("$ROOT/deploy/local/services.sh" env e2e)
  eval "$addresses"
}

choose_ports() {
  export API_METRICS_ADDR WORKER_METRICS_ADDR SANDBOX_ADDR SANDBOX_S3_ADDR SANDBOX_SMTP_ADDR
  free_port PORT 3210
  free_port API_METRICS_ADDR 9664 127.0.0.1:
  free_port WORKER_METRICS_ADDR $((${API_METRICS_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_ADDR 4210 127.0.0.1:
  free_port SANDBOX_S3_ADDR $((${SANDBOX_ADDR##*:} + 1)) 127.0.0.1:
  free_port SANDBOX_SMTP_ADDR $((${SANDBOX_S3_ADDR##*:} + 1)) 127.0.0.1:
}

# With a seller, taxes, and letters for Chinese where they are installed.
choose_invoices() {
  default INVOICE_SELLER_NAME "Example s.r.o."
  default INVOICE_SELLER_ADDRESS "Example street 1, 110 00 Praha"
  default INVOICE_SELLER_COUNTRY CZ
  default INVOICE_SELLER_TAX_ID CZ12345678
  default TAX_RATES CZ=21,GB=20,RU=22
  [[ ! -r $CHINESE ]] || default INVOICE_CJK_FONT "$CHINESE"
}

stop() {
  if ((SERVICES)); then "$ROOT/deploy/local/services.sh" stop e2e || true; fi
}

main "$@"
