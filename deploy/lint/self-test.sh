# shellcheck shell=bash
# Proves that every rule of arrows.sh can fail: a small house that obeys all of them, then one
# violation at a time. Sourced by arrows.sh.

self_test() {
  local house fault=0 rule file text
  house=$(mktemp -d)
  # shellcheck disable=SC2064 # the name as it is now
  trap "rm -rf -- '$house'" EXIT
  build_house "$house"
  if ! "$HERE/arrows.sh" "$house" >"$house.out"; then
    echo "✗ a house that obeys the rules was refused:"
    cat "$house.out"
    fault=1
  fi
  while IFS='|' read -r rule file text; do
    [[ -n $rule ]] || continue
    plant "$house" "$file" "$text"
    if "$HERE/arrows.sh" "$house" >"$house.out" || ! grep -qF "✗ $rule" "$house.out" || ! grep -qF "    $file" "$house.out"; then
      printf '✗ not caught: %s, by %s: %s\n' "$rule" "$file" "$text"
      fault=1
    elif (($(grep -c '^✗' "$house.out") > 1)); then
      printf '✗ %s, by %s: also reported as something else:\n' "$rule" "$file"
      grep '^✗' "$house.out"
      fault=1
    fi
    rm -rf -- "$house"
    build_house "$house"
  done < <(violations)
  rm -f -- "$house.out"
  ((fault == 0)) || exit 1
  echo "Each arrow can fail: $(violations | wc -l) violations planted, all caught."
}

# plant <house> <file> <text>: appends the text; `\n` is a new line, `LONG` 401 lines.
plant() {
  mkdir -p -- "$(dirname -- "$1/$2")"
  if [[ $3 == LONG ]]; then seq 401 | sed 's/.*/const A: u8 = 1;/' >"$1/$2"; else printf '%b\n' "$3" >>"$1/$2"; fi
}

# Everything here is allowed, and much of it looks as if it were not.
build_house() {
  local room
  for room in api worker cli testkit shared/kernel shared/vendors shared/runtime shared/readings; do
    mkdir -p "$1/$room/src"
    printf '[package]\nname = "%s"\n\n[dev-dependencies]\ntestkit.workspace = true\n\n[dependencies]\nserde.workspace = true\n' "${room##*/}" >"$1/$room/Cargo.toml"
    printf '// apalis:: aws_sdk_s3:: actix_web:: are only mentioned here\npub fn workers_of_actix() {}\n' >"$1/$room/src/lib.rs"
  done
  printf '[workspace.dependencies]\napalis = "1"\naws-sdk-s3 = "1"\n' >"$1/Cargo.toml"
  echo 'apalis.workspace = true' >>"$1/shared/runtime/Cargo.toml"
  echo 'aws-sdk-s3.workspace = true' >>"$1/shared/vendors/Cargo.toml"
  echo 'actix-web.workspace = true' >>"$1/api/Cargo.toml"
  mkdir -p "$1/shared/schema/src" "$1/api/tests" "$1/target/utils"
  echo 'use apalis::prelude::Monitor;' >"$1/shared/runtime/src/backend.rs"
  echo 'use aws_sdk_s3::Client; use reqwest::Client; let s3 = Client::from_conf(c);' >"$1/shared/vendors/src/telegram.rs"
  echo 'let client = reqwest::Client::builder();' >"$1/shared/vendors/src/http.rs"
  echo 'use actix_web::HttpResponse;' >"$1/api/src/routes.rs"
  printf '/// No diesel:: here.\npub fn f(now: DateTime<Utc>) {} // nor std::fs\n#[cfg(test)]\nmod tests {\n    use std::fs;\n    use testkit::TestDatabase;\n}\n' >"$1/shared/readings/src/rules.rs"
  echo 'use diesel::prelude::*; use vendors::ai;' >"$1/shared/readings/src/queries.rs"
  seq 500 | sed 's|^|// |' >"$1/api/tests/cups.rs"
  cp "$1/api/tests/cups.rs" "$1/shared/schema/src/lib.rs"
}

# rule|file|text
violations() {
  cat <<'LIST'
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|use tokio::time::sleep;
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|use diesel::prelude::*;
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|fn f(conn: &mut diesel_async::AsyncPgConnection) {}
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|use redis::Client;
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|use std::fs::read;
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|use std::{collections::HashMap, fs, net};
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|use std::net::TcpStream;
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|pub async fn decide() {}
rules.rs does I/O or reads the clock|shared/tea/src/rules.rs|let now = Utc::now();
queries.rs calls a vendor|shared/readings/src/queries.rs|use vendors::ai::Vendors;
vendors touches the database or Redis|shared/vendors/src/telegram.rs|use diesel::prelude::*;
vendors touches the database or Redis|shared/vendors/src/lib.rs|use kernel::db::Pool;
vendors touches the database or Redis|shared/vendors/src/telegram.rs|redis::cmd("GET");
vendors touches the database or Redis|shared/vendors/Cargo.toml|schema.workspace = true
a vendor's SDK outside shared/vendors|worker/src/lib.rs|use aws_sdk_s3::Client;
a vendor's SDK outside shared/vendors|shared/readings/src/model.rs|fn f(c: aws_sdk_s3::Client) {}
a vendor's SDK outside shared/vendors|shared/kernel/src/storage.rs|use aws_sdk_s3 as s3;
a vendor's SDK outside shared/vendors|worker/Cargo.toml|aws-sdk-s3.workspace = true
reqwest outside shared/vendors|worker/src/lib.rs|let http = reqwest::Client::new();
reqwest outside shared/vendors|api/Cargo.toml|reqwest.workspace = true
an HTTP client built outside http.rs|shared/vendors/src/telegram.rs|let http = reqwest::Client::builder();
an HTTP client built outside http.rs|shared/vendors/src/telegram.rs|let http = Client::new();
an HTTP client built outside http.rs|shared/vendors/src/telegram.rs|let page = reqwest::get(url);
apalis outside shared/runtime|worker/src/lib.rs|use apalis::prelude::*;
apalis outside shared/runtime|api/Cargo.toml|apalis-core.workspace = true
actix outside api|worker/src/lib.rs|use actix_web::HttpResponse;
actix outside api|shared/readings/Cargo.toml|actix-web.workspace = true
actix outside api|shared/readings/Cargo.toml|web = { package = "actix-web", version = "4" }
a name that says nothing|api/src/utils.rs|fn f() {}
a name that says nothing|shared/common/mod.rs|fn f() {}
a name that says nothing|worker/tests/helpers/app.rs|fn f() {}
a file of more than 400 lines|shared/kernel/src/long.rs|LONG
LIST
}
