#!/usr/bin/env bash
# `make clean-data`: deletes everything `make run`, `make test` and the like keep, after asking.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
# shellcheck source=say.sh
source "$HERE/say.sh"

if [[ ! -d $ROOT/.data ]]; then
  say "There is no data here."
  exit 0
fi
if [[ ${YES:-} != 1 ]]; then
  [[ -t 0 ]] || fail "This deletes all users, readings and photos in .data, and there is no terminal to ask at. Say so with: make clean-data YES=1"
  read -r -p "Delete all users, readings and photos in $ROOT/.data? Type yes: " answer
  [[ $answer == yes ]] || fail "Nothing was deleted."
fi
for name in run test chaos bench fuzz n8n e2e k6 drill engines; do "$HERE/services.sh" stop "$name"; done
rm -rf -- "$ROOT/.data"
done_with "Deleted .data."
