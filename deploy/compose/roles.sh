#!/usr/bin/env bash
# Run by the image of Postgres when it makes its data: the roles of the programs (docs/OPERATIONS.md, "Roles of the
# database"). `symancy migrate up` gives symancy_api and symancy_worker their rights.
set -euo pipefail

# log_in <role> <member of> <file with the password>
log_in() {
  # Not among the arguments, which other processes can read.
  PASSWORD=$(cat -- "$3") psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
    --set=role="$1" --set=group="$2" <<'SQL'
\getenv password PASSWORD
CREATE ROLE :"group" NOLOGIN;
CREATE ROLE :"role" LOGIN PASSWORD :'password' IN ROLE :"group";
SQL
}

log_in api_login symancy_api /run/secrets/postgres_api_password
log_in worker_login symancy_worker /run/secrets/postgres_worker_password
