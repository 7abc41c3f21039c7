# shellcheck shell=bash
# What a build needs: cargo, a new enough rustc, a C compiler (`ring` has C in it, and rustc links
# with `cc`). Sourced by run.sh, test.sh and lint.sh; needs say.sh and packages.sh.

require_toolchain() {
  require_cargo
  require_rustc
  command -v cc >/dev/null || install_packages "a C compiler" gcc libc6-dev
  command -v cc >/dev/null || fail "There is still no C compiler called cc. Install one (Debian: apt-get install gcc libc6-dev) and try again."
}

require_cargo() {
  # rustup changes PATH for the next login only; a fresh installation is found all the same.
  if ! command -v cargo >/dev/null && [[ -x ${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo ]]; then
    PATH=${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH
  fi
  command -v cargo >/dev/null ||
    fail "Rust is missing (no cargo in PATH). Install it from https://rustup.rs, open a new shell and try again."
}

require_rustc() {
  local need have
  need=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$ROOT/Cargo.toml")
  have=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p' || true)
  [[ -n $have ]] || fail "cargo is here but rustc does not run. Repair the toolchain with: rustup default stable"
  [[ $(printf '%s\n%s\n' "$need" "$have" | sort -V | head -n 1) == "$need" ]] ||
    fail "Rust $have is too old, Symancy needs $need or newer. Update it with: rustup update stable"
}
