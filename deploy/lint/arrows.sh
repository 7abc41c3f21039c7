#!/usr/bin/env bash
# The arrows of the house as a check: which room may know which, and what a file may do. Run by
# `make lint`. Comments do not count, nor do test modules inside a file.
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
  check_rooms
  check_kinds_of_file
  check_vendors
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

sources() { files "^$1/src/.*\.rs\$"; }
manifest() { files "^$1/Cargo\.toml\$"; }

# room <name> <crates it may not know>
room() {
  manifest "$1" | depends "$2" yes
  sources "$1" | code "${EDGE}($2)::|use +($2)( |;|\$)"
}

check_rooms() {
  tell "api knows worker" "api and worker meet only in the job ledger, so that each can be deployed, restarted and scaled alone." < <(room api worker)
  tell "worker knows api" "api and worker meet only in the job ledger, so that each can be deployed, restarted and scaled alone." < <(room worker api)
  tell "shared knows a program that stands on it" "the arrows go api -> shared <- worker; the other way round there is a circle." \
    < <(room shared "api|worker|sandbox|cli")
  tell "shared knows a framework" "HTTP belongs to api and the queue's runtime to worker; shared must be usable without either." \
    < <(room shared "actix[A-Za-z0-9_-]*|apalis[A-Za-z0-9_-]*")
  tell "pictures knows one of us" "it is computation on bytes: its benchmark and its tests build in seconds, without the house." \
    < <(room pictures "api|worker|shared|sandbox|cli|testkit|world|tokio")
  tell "a program knows the chaos suite" "what breaks things is no part of what is deployed, nor of what tests stand on." \
    < <(files '(^|/)Cargo\.toml$' '^chaos/' | depends chaos yes)
  tell "cli knows more than shared" "an operator's command works while api and worker are down, and with those of another version." \
    < <(room cli "api|worker|sandbox|actix[A-Za-z0-9_-]*|apalis[A-Za-z0-9_-]*")
  tell "sandbox knows the product" "the sandbox speaks the vendors' own protocols; one that shares our code shares our mistakes." \
    < <(room sandbox "shared|api|worker|cli")
  tell "reader knows more than pictures and words" "the offline reader is pure: the same photo gives the same bytes, with no network, clock or database." \
    < <(room reader "shared|api|worker|cli|sandbox|testkit|world|tokio|reqwest|chrono|rand|diesel[A-Za-z0-9_-]*")
  tell "testkit is built into a program" "testkit and world are for tests, and for chaos/, which is never deployed: list them under [dev-dependencies] and use them in tests/ or #[cfg(test)]." \
    < <(files '(^|/)Cargo\.toml$' '^(testkit|chaos)/' | depends 'testkit|world' no
      files '/src/.*\.rs$' '^(testkit|chaos)/' | code "${EDGE}testkit::|(^|[^A-Za-z0-9_:])world::")
}

check_kinds_of_file() {
  local io='(tokio|diesel|diesel_async|reqwest|redis|teloxide[a-z_]*|aws_sdk_s3|actix_web)::|std::(fs|net|process|env)|std::\{[^}]*(fs|net|process|env)[,:} ]'
  tell "rules.rs does I/O or reads the clock" "rules are pure: they decide from their arguments, so a test needs neither a server nor luck." \
    < <(files '/rules\.rs$' | code "${EDGE}($io|async +fn|(Utc|Local|SystemTime|Instant)::now|AsyncPgConnection)")
  tell "queries.rs calls a provider" "queries run inside transactions, and a call to the outside never happens inside one." \
    < <(files '/queries\.rs$' | code "${EDGE}(providers::|providers;|(reqwest|teloxide[a-z_]*|aws_sdk_s3)::)")
  tell "a provider touches the database or Redis" "providers speak to one vendor in domain types; rows are the caller's, before and after the call." \
    < <(files '^shared/src/providers/.*\.rs$' | code "${EDGE}((diesel|diesel_async|diesel_migrations|deadpool|redis)::|crate::db|crate::\{[^}]*db[,:} ]|AsyncPgConnection|queries::)")
}

check_vendors() {
  local sdk='teloxide[a-z_-]*|aws[_-]sdk[_-]s3|aws[_-]config|aws[_-]smithy[a-z_-]*'
  tell "a vendor's SDK outside its provider" "vendor types stay in shared/src/providers/<kind>/, so that a vendor can be replaced in one file." \
    < <(files '/src/.*\.rs$' '^shared/src/providers/.*/' | code "${EDGE}($sdk)::|use +($sdk)( |;|\$)"
      files '/Cargo\.toml$' '^shared/Cargo\.toml$' | depends "$sdk" no)
  tell "apalis outside worker/src/runtime/" "the ledger is the truth and apalis only the runtime; kept in one folder it can be replaced." \
    < <(files '\.rs$' '^worker/src/runtime/' | code "${EDGE}apalis[a-z_]*::|use +apalis"
      files '/Cargo\.toml$' '^worker/Cargo\.toml$' | depends "apalis[a-z_-]*" yes)
  tell "backoff outside shared/src/retry.rs" "there is one way to retry; a second one multiplies the attempts of the first." \
    < <(files '\.rs$' '^shared/src/retry\.rs$' | code "(^|[^A-Za-z0-9_:])backoff::|use +backoff( |;|\$)"
      files '/Cargo\.toml$' '^shared/Cargo\.toml$' | depends backoff yes)
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
      */schema.rs | */tests/* | */tests.rs | *_test.rs | *.test.* | */assets/* | */fixtures/*) continue ;;
    esac
    lines=$(wc -l <"$file")
    if ((lines > 400)); then echo "$file:401: the file has $lines lines"; fi
  done < <(files '\.(rs|sh|ts|tsx|js|py)$')
}

main "$@"
