#!/usr/bin/env bash
# `make web`: what is made of web/ and committed. The client's types from docs/openapi.json, and the built Mini
# App, which the API carries in its binary. Needs Node, which it installs into .data where it can.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=say.sh
source "$HERE/say.sh"
# shellcheck source=node.sh
source "$HERE/node.sh"

require_node
install_npm "$ROOT/web" || fail "The packages of web/ could not be installed. Check the network and try again."
cd -- "$ROOT/web"
npm run --silent client
npm run --silent build
done_with "web/client/src/schema.d.ts and web/mini-app/dist are made of the sources."
