#!/usr/bin/env bash
# Makes the secrets of deploy/compose/server.yml that are ours to make, in deploy/compose/secrets/, and says which are
# yours to fill in. What is there already stays: it can be run again at any time.
#
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=../local/say.sh
source "$HERE/../local/say.sh"

FOLDER=$HERE/secrets
MADE=(abuse_memory_secret access_token_key admin_key encryption_key n8n_api_key postgres_api_password postgres_password
  postgres_worker_password redis_password telegram_webhook_secret)
GIVEN=(backup_s3_secret_access_key openrouter_api_key s3_secret_access_key telegram_bot_token)

main() {
  local name missing=0
  command -v openssl >/dev/null || fail "openssl is missing. Install it (Debian: apt-get install openssl) and try again."
  # The folder keeps others on this machine out. The files are readable inside of the containers, whose users differ.
  # `second` is for the second values of secrets that are being replaced (docs/SECRETS.md).
  mkdir -p -- "$FOLDER/second"
  chmod 700 -- "$FOLDER"
  chmod 755 -- "$FOLDER/second"
  for name in "${MADE[@]}"; do keep "$name" "$(openssl rand -hex 32)"; done
  keep database_url_owner "$(address symancy "$FOLDER/postgres_password")"
  keep database_url_api "$(address api_login "$FOLDER/postgres_api_password")"
  keep database_url_worker "$(address worker_login "$FOLDER/postgres_worker_password")"
  for name in "${GIVEN[@]}"; do
    [[ -s $FOLDER/$name ]] && continue
    say "Write $name into $FOLDER/$name (one line; then: chmod 444)."
    missing=1
  done
  ((missing == 0)) || exit 1
  done_with "All secrets are in $FOLDER. Keep a copy elsewhere, apart from the backups: without encryption_key and abuse_memory_secret a restored database cannot be used."
}

# keep <name> <value>: unless there is one.
keep() {
  [[ -s $FOLDER/$1 ]] && return
  (umask 022 && printf '%s\n' "$2" >"$FOLDER/$1")
  chmod 444 -- "$FOLDER/$1"
}

# address <role> <file with its password>
address() { printf 'postgres://%s:%s@postgres:5432/symancy' "$1" "$(cat -- "$2")"; }

main "$@"
