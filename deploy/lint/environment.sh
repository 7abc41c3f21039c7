#!/usr/bin/env bash
# Every variable the programs read stands in .env.example; the names before `(` are the functions that
# read one. Run by `make lint`.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

missing=0
while IFS= read -r name; do
  grep -q "^#$name=" .env.example && continue
  printf '✗ %s is read but not in .env.example:\n' "$name"
  grep -rn --include='*.rs' "\"$name\"" api worker cli sandbox shared | head -n 3 | sed 's/^/    /'
  missing=1
done < <(find api worker cli sandbox shared -path '*/src/*' -name '*.rs' -exec cat -- {} + | tr '\n' ' ' |
  grep -oE '(\.(or|optional|optional_url|required|url|within)|env::var|address|dollars|pace|running|seconds|text)\((env,)? *"[A-Z][A-Z0-9_]+"' | grep -oE '[A-Z][A-Z0-9_]+' | sort -u)
((missing == 0)) || exit 1
echo "Every variable stands in .env.example."
