#!/usr/bin/env bash
# web/: formatting and lint (of k6/ too), types, unit tests, and whether what is committed is what the sources make:
# the types of the client of docs/openapi.json, and the built Mini App byte for byte. Called by lint.sh, which has
# found Node and installed the packages.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../web"

BROKEN=0
MADE=$(mktemp -d)
trap 'rm -rf -- "$MADE"' EXIT

# part <what is wrong if it fails> <command...>: its output only then.
part() {
  local what=$1
  shift
  "$@" >"$MADE/output" 2>&1 && return
  printf '✗ %s\n' "$what"
  sed 's/^/    /' "$MADE/output"
  BROKEN=1
}

client_is_fresh() {
  node_modules/.bin/openapi-typescript ../docs/openapi.json --immutable --root-types --output "$MADE/schema.d.ts" &&
    diff "$MADE/schema.d.ts" client/src/schema.d.ts
}

build_is_fresh() {
  node_modules/.bin/vite build mini-app --outDir "$MADE/dist" --logLevel warn && node stamp.mjs "$MADE/dist" &&
    diff -rq "$MADE/dist" mini-app/dist
}

part "biome" node_modules/.bin/biome ci .
part "biome, of k6/" node_modules/.bin/biome ci --config-path=../k6 --error-on-warnings ../k6
part "types" node_modules/.bin/tsc -p mini-app
part "unit tests" npm run --silent test
part "client/src/schema.d.ts is not that of docs/openapi.json: run 'make web'" client_is_fresh
part "mini-app/dist is not what the sources make: run 'make web'" build_is_fresh
((BROKEN == 0)) || exit 1
echo "web/ is in order, and what is committed is what its sources make."
