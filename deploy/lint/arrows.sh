#!/usr/bin/env bash
# What a file may do and which crate may name which SDK, as a check. Run by `make lint`. Which crate may
# use which is kept by Cargo and by the tests of shared/product/tests/house. Comments do not count, nor do
# test modules inside a file.
#
#   arrows.sh [folder]      checks the project, or the folder
#   arrows.sh --self-test   plants a violation of each rule and expects it to be caught
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=self-test.sh
source "$HERE/self-test.sh"

BROKEN=0
EDGE='(^|[^A-Za-z0-9_])'

main() {
  if [[ ${1:-} == --self-test ]]; then
    self_test
    return
  fi
  cd -- "${1:-$HERE/../..}"
  LIST=$(list_files)
  check_kinds_of_file
  check_sdks
  check_names_and_sizes
  ((BROKEN == 0)) || exit 1
  echo "The arrows hold."
}

# files <pattern> [<pattern of exceptions>]: the project's own files whose path matches.
files() {
  [[ $LIST =~ [^[:space:]] ]] || return 0
  if (($# > 1)); then
    grep -E "$1" <<<"$LIST" | grep -vE "$2" || true
  else
    grep -E "$1" <<<"$LIST" || true
  fi
}

# Without what is built, fetched or stored.
list_files() {
  find . \( -name .git -o -name target -o -name .data -o -name node_modules -o -name dist \) -prune -o -type f -print | sed 's|^\./||' | sort
}

# tell <rule> <why>: reads findings, one a line, and reports them.
tell() {
  local rule=$1 why=$2 finding told=0
  while IFS= read -r finding; do
    if ((told == 0)); then printf '\n✗ %s\n  Why: %s\n' "$rule" "$why"; fi
    printf '    %s\n' "$finding"
    told=1
  done
  if ((told)); then BROKEN=1; fi
}

# code <pattern>: reads file names, prints `file:line: text` of code that matches.
code() {
  local list=()
  mapfile -t list
  ((${#list[@]})) || return 0
  PATTERN=$1 awk '
    FNR == 1 { skipping = 0; marked = 0 }
    skipping { if (/^\}/) skipping = 0; next }
    /^#\[cfg\(test\)\]/ { marked = 1; next }
    marked && /^(pub )?mod [A-Za-z_]+ *\{/ { skipping = !/\}/; next }
    { marked = 0; text = $0; sub(/^[ \t]*\/\/.*/, "", text); sub(/[ \t]\/\/.*/, "", text) }
    text ~ ENVIRON["PATTERN"] { sub(/^[ \t]+/, "", text); print FILENAME ":" FNR ": " text }
  ' "${list[@]}"
}

# depends <pattern of crates> <dev: yes|no>: reads Cargo.toml names, prints the lines that depend on
# such a crate; dev-dependencies count if the second word says so.
depends() {
  local list=()
  mapfile -t list
  ((${#list[@]})) || return 0
  CRATES="^($1)\$" DEV=$2 awk '
    function hit(name) { if (name ~ ENVIRON["CRATES"]) print FILENAME ":" FNR ": " $0 }
    FNR == 1 { section = "" }
    /^\[/ {
      section = $0; gsub(/[][" ]/, "", section); counts = 0
      dev = section ~ /dev-dependencies/
      if (section ~ /dependencies/ && section !~ /^workspace/ && (!dev || ENVIRON["DEV"] == "yes")) counts = 1
      if (counts && section ~ /dependencies\./) { name = section; sub(/.*dependencies\./, "", name); hit(name); counts = 2 }
      next
    }
    /^[ \t]*#/ { next }
    counts == 1 && /^[A-Za-z0-9_"-]/ { name = $0; sub(/[ .=].*/, "", name); gsub(/"/, "", name); hit(name) }
    counts && match($0, /package *= *"[^"]*"/) { name = substr($0, RSTART, RLENGTH); gsub(/package *= *|"/, "", name); hit(name) }
  ' "${list[@]}"
}

check_kinds_of_file() {
  local io='(tokio|diesel|diesel_async|redis|actix_web)::|std::(fs|net|process|env)|std::\{[^}]*(fs|net|process|env)[,:} ]'
  tell "rules.rs does I/O or reads the clock" "rules are pure: they decide from their arguments, so a test needs neither a server nor luck." \
    < <(files '/rules\.rs$' | code "${EDGE}($io|async +fn|(Utc|Local|SystemTime|Instant)::now|AsyncPgConnection)")
  tell "queries.rs calls a vendor" "queries run inside transactions, and a call to the outside never happens inside one." \
    < <(files '/queries\.rs$' | code "${EDGE}(vendors::(ai|messenger|payment|storage)::[A-Z]|dyn +[A-Z])")
  tell "vendors touches the database or Redis" "vendors speak to one service in domain types; rows are the caller's, before and after the call." \
    < <(files '^shared/vendors/src/.*\.rs$' | code "${EDGE}((diesel|diesel_async|deadpool|redis)::|kernel::(db|redis)|AsyncPgConnection|queries::)"
      files '^shared/vendors/Cargo\.toml$' | depends "diesel[a-z_-]*|deadpool|redis|schema" yes)
}

check_sdks() {
  local sdk='aws[_-]sdk[_-]s3|aws[_-]config|aws[_-]smithy[a-z_-]*'
  only_in "a vendor's SDK outside shared/vendors" "vendor types stay in one crate, so that a vendor can be replaced in one file." \
    "$sdk" '^shared/vendors/'
  only_in "reqwest outside shared/vendors" "all calls to the outside go through vendors; tests call the API and the sandbox." \
    'reqwest' '^(shared/vendors|testkit|sandbox)/'
  tell "an HTTP client built outside http.rs" "one builder, so that none follows a redirect, sends a Referer or waits for ever: a credential may be in any address." \
    < <(files '^shared/vendors/src/.*\.rs$' '^shared/vendors/src/http\.rs$' \
      | code "reqwest::(get|blocking|ClientBuilder)${EDGE}|use +reqwest.*ClientBuilder|${EDGE}Client::(new|builder|default)\(")
  only_in "apalis outside shared/runtime" "the ledger is the truth and apalis only the runtime; kept in one crate it can be replaced." \
    'apalis[a-z_-]*' '^shared/runtime/'
  only_in "actix outside api" "HTTP belongs to the API; world starts it." \
    'actix[a-z_-]*' '^(api|testkit)/'
}

# only_in <rule> <why> <pattern of crates> <pattern of paths that may name them>
only_in() {
  tell "$1" "$2" \
    < <(files '/src/.*\.rs$' "$4" | code "(^|[^A-Za-z0-9_:])($3)::|use +($3)( |;|\$)"
      files '/Cargo\.toml$' "$4" | depends "$3" no)
}

check_names_and_sizes() {
  tell "a name that says nothing" "what lies in utils, common, helpers or misc belongs to a feature; call it by that feature's name." \
    < <(files '(^|/)(utils?|commons?|helpers?|misc)(\.[^/]*)?(/|$)')
  tell "a file of more than 400 lines" "it is more than one thing; split it by what its parts do." < <(long_files)
}

long_files() {
  local file lines
  while IFS= read -r file; do
    case $file in
      */schema/src/lib.rs | */schema.d.ts | */tests/* | */tests.rs | *_test.rs | *.test.* | */assets/* | */fixtures/*) continue ;;
    esac
    lines=$(wc -l <"$file")
    if ((lines > 400)); then echo "$file:401: the file has $lines lines"; fi
  done < <(files '\.(rs|sh|ts|tsx|js|py)$')
}

main "$@"
