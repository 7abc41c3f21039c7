# shellcheck shell=bash
# The linters of what deploys, in an environment of Python of their own (.data/deploy-lint). Sourced by lint.sh; needs say.sh,
# packages.sh and ROOT.

LINTERS=$ROOT/.data/deploy-lint
LINTERS_LIST=$ROOT/deploy/lint/requirements.txt

has_linters() {
  [[ $(cat "$LINTERS/installed.sha256" 2>/dev/null) == "$(sha256sum <"$LINTERS_LIST")" ]] && "$LINTERS/bin/python3" -c '' 2>/dev/null
}

install_linters() {
  # Debian has the parts of Python's venv in packages of their own.
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages "Python with its environments" python3 python3-venv
  fi
  rm -rf -- "$LINTERS"
  mkdir -p -- "$ROOT/.data"
  python3 -m venv "$LINTERS" || return 1
  show_progress "Installing the linters of what deploys (first time only, 220 MB)…" "$ROOT/.data/deploy-lint.log" \
    "$LINTERS/bin/python3" -m pip install --quiet --disable-pip-version-check --only-binary :all: --requirement "$LINTERS_LIST" || {
    show_tail "$ROOT/.data/deploy-lint.log" 10
    return 1
  }
  sha256sum <"$LINTERS_LIST" >"$LINTERS/installed.sha256"
}
