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
    elif (($(grep -c '^✗' "$house.out") > 1)) && [[ $rule != shared* && $rule != apalis* ]]; then
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
  for room in api worker cli shared sandbox testkit; do
    mkdir -p "$1/$room/src"
    printf '[package]\nname = "%s"\n\n[dev-dependencies]\ntestkit.workspace = true\n\n[dependencies]\nserde.workspace = true\n' "$room" >"$1/$room/Cargo.toml"
    printf '// api:: worker:: apalis:: teloxide:: are only mentioned here\npub fn workers_of_api() {}\n' >"$1/$room/src/lib.rs"
  done
  mkdir -p "$1/chaos/src"
  printf '[package]\nname = "chaos"\n\n[dependencies]\ntestkit.workspace = true\nworld.workspace = true\n' >"$1/chaos/Cargo.toml"
  echo 'use world::chaos::Arena;' >"$1/chaos/src/main.rs"
  printf '[workspace.dependencies]\napalis = "1"\nteloxide = "0"\ntestkit = { path = "testkit" }\n' >"$1/Cargo.toml"
  printf 'apalis.workspace = true\nshared.workspace = true\n' >>"$1/worker/Cargo.toml"
  mkdir -p "$1/reader/src"
  printf '[package]\nname = "reader"\n\n[dependencies]\nimage.workspace = true\n' >"$1/reader/Cargo.toml"
  echo 'use image::RgbImage;' >"$1/reader/src/lib.rs"
  printf 'backoff.workspace = true\nteloxide.workspace = true\n' >>"$1/shared/Cargo.toml"
  mkdir -p "$1/worker/src/runtime" "$1/shared/src/providers/ai" "$1/shared/src/features/cups" "$1/api/tests" "$1/target/utils"
  echo 'use apalis::prelude::Monitor;' >"$1/worker/src/runtime/mod.rs"
  echo 'use teloxide::Bot; use reqwest::Client;' >"$1/shared/src/providers/ai/vendor.rs"
  echo 'use backoff::ExponentialBackoff;' >"$1/shared/src/retry.rs"
  printf '/// No diesel:: here.\npub fn f(now: DateTime<Utc>) {} // nor std::fs\n#[cfg(test)]\nmod tests {\n    use std::fs;\n    use testkit::TestDatabase;\n}\n' >"$1/shared/src/features/cups/rules.rs"
  echo 'use diesel::prelude::*; use crate::retry::backoff;' >"$1/shared/src/features/cups/queries.rs"
  seq 500 | sed 's|^|// |' >"$1/api/tests/cups.rs"
  cp "$1/api/tests/cups.rs" "$1/shared/src/schema.rs"
}

# rule|file|text
violations() {
  cat <<'LIST'
api knows worker|api/src/lib.rs|use worker::registry;
api knows worker|api/Cargo.toml|worker.workspace = true
worker knows api|worker/src/lib.rs|fn f() { api::app::start() }
worker knows api|worker/src/lib.rs|#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n\nuse api::routes;
worker knows api|worker/Cargo.toml|api = { path = "../api" }
worker knows api|worker/Cargo.toml|[dev-dependencies]\napi.workspace = true
shared knows a program that stands on it|shared/src/lib.rs|use worker::state::WorkerState;
shared knows a program that stands on it|shared/Cargo.toml|[dependencies.sandbox]\npath = "../sandbox"
shared knows a framework|shared/src/lib.rs|use actix_web::HttpResponse;
shared knows a framework|shared/src/lib.rs|use apalis_core::backend::Backend;
shared knows a framework|shared/Cargo.toml|actix-web.workspace = true
shared knows a framework|shared/Cargo.toml|web = { package = "actix-web", version = "4" }
cli knows more than shared|cli/src/lib.rs|use worker::registry;
cli knows more than shared|cli/Cargo.toml|api.workspace = true
sandbox knows the product|sandbox/src/lib.rs|use shared::error::Error;
sandbox knows the product|sandbox/Cargo.toml|shared.workspace = true
reader knows more than pictures and words|reader/src/lib.rs|use tokio::fs;
reader knows more than pictures and words|reader/Cargo.toml|shared.workspace = true
testkit is built into a program|api/Cargo.toml|testkit.workspace = true
testkit is built into a program|api/src/lib.rs|use testkit::TestDatabase;
testkit is built into a program|worker/Cargo.toml|world.workspace = true
testkit is built into a program|worker/src/lib.rs|use world::TestApp;
a program knows the chaos suite|worker/Cargo.toml|chaos = { path = "../chaos" }
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|use tokio::time::sleep;
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|use diesel::prelude::*;
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|fn f(conn: &mut diesel_async::AsyncPgConnection) {}
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|let page = reqwest::get(url);
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|use redis::Client;
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|use std::fs::read;
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|use std::{collections::HashMap, fs, net};
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|use std::net::TcpStream;
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|pub async fn decide() {}
rules.rs does I/O or reads the clock|shared/src/features/tea/rules.rs|let now = Utc::now();
queries.rs calls a provider|shared/src/features/cups/queries.rs|use crate::providers::ai::Ai;
queries.rs calls a provider|shared/src/features/cups/queries.rs|let page = reqwest::get(url);
a provider touches the database or Redis|shared/src/providers/ai/vendor.rs|use diesel::prelude::*;
a provider touches the database or Redis|shared/src/providers/ai/mod.rs|use crate::db::Pool;
a provider touches the database or Redis|shared/src/providers/ai/mod.rs|use crate::{config, db};
a provider touches the database or Redis|shared/src/providers/ai/vendor.rs|redis::cmd("GET");
a vendor's SDK outside its provider|worker/src/lib.rs|use teloxide::Bot;
a vendor's SDK outside its provider|shared/src/features/cups/model.rs|fn f(c: aws_sdk_s3::Client) {}
a vendor's SDK outside its provider|shared/src/providers/storage.rs|use aws_sdk_s3 as s3;
a vendor's SDK outside its provider|worker/Cargo.toml|teloxide.workspace = true
apalis outside worker/src/runtime/|worker/src/lib.rs|use apalis::prelude::*;
apalis outside worker/src/runtime/|api/Cargo.toml|apalis-core.workspace = true
backoff outside shared/src/retry.rs|worker/src/lib.rs|use backoff::ExponentialBackoff;
backoff outside shared/src/retry.rs|worker/Cargo.toml|backoff.workspace = true
a name that says nothing|api/src/utils.rs|fn f() {}
a name that says nothing|shared/src/common/mod.rs|fn f() {}
a name that says nothing|worker/tests/helpers/app.rs|fn f() {}
a name that says nothing|deploy/misc/a.sh|true
a file of more than 400 lines|shared/src/long.rs|LONG
LIST
}
