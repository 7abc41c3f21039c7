#!/usr/bin/env bash
# What deploys, as far as it can be checked without Docker and a cluster: workflows, image, compose files and manifests against
# their schemas and linters; and that each setting that they name is one (manifests.py). Called by lint.sh, which has
# installed the linters.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

TOOLS=$PWD/.data/deploy-lint/bin
BROKEN=0
OUTPUT=$(mktemp)
trap 'rm -f -- "$OUTPUT"' EXIT

# part <what> <command...>: its output only if it fails.
part() {
  local what=$1
  shift
  "$@" >"$OUTPUT" 2>&1 && return
  printf '✗ %s\n' "$what"
  sed 's/^/    /' "$OUTPUT"
  BROKEN=1
}

part "actionlint" "$TOOLS/actionlint" .github/workflows/*.yml
part "hadolint" "$TOOLS/hadolint" deploy/docker/*Dockerfile
part "yamllint" "$TOOLS/yamllint" --strict --config-file deploy/lint/yamllint.yaml .github deploy
part "schema of workflows" "$TOOLS/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
part "schema of dependabot" "$TOOLS/check-jsonschema" --builtin-schema vendor.dependabot .github/dependabot.yml
part "schema of compose files" "$TOOLS/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose/*.yml
part "manifests" "$TOOLS/python3" deploy/lint/manifests.py
part "the check of manifests itself" "$TOOLS/python3" deploy/lint/manifests.py --self-test
((BROKEN == 0)) || exit 1
echo "Workflows, image, compose files and manifests are in order, and every setting that they name is one."
