# shellcheck shell=bash
# The release before on the tables of this one: what runs while a release comes, and what an operator goes back to. Kept if it
# starts, reads a photo, takes a payment and runs a job. Which one it is: PREVIOUS, or else the commit before the one that
# touched the migrations last.

play() {
  local begun previous
  find_previous
  start_stage
  "$BIN/symancy" migrate up >"$LOGS/migrate.log"
  previous=$("$PREVIOUS_BIN/symancy" --version)
  begun=$(now)
  launch api env MIGRATE=false "$PREVIOUS_BIN/api"
  await_ready "$PORT"
  launch worker env MIGRATE=false "$PREVIOUS_BIN/worker"
  ask reading "$API_URL" >/dev/null
  ask payment "$API_URL"
  "$PREVIOUS_BIN/symancy" jobs probe >"$LOGS/probe.log"
  result previous kept "$previous (${PREVIOUS:-$PREVIOUS_BIN}) on tables with $(pending) migrations that it does not know: a photo was read, a month paid, a job run" "$(since "$begun")"
}

# How many of the migrations that were applied the release before does not have.
pending() {
  local applied known
  applied=$(sql "$DATABASE_URL" 'SELECT count(*) FROM __diesel_schema_migrations')
  known=$("$PREVIOUS_BIN/symancy" migrate plan | sed -n 's/^\([0-9]*\) applied.*/\1/p')
  echo $((applied - ${known:-applied}))
}

find_previous() {
  local tree=$FOLDER/previous
  [[ -z ${PREVIOUS_BIN:-} ]] || return 0
  PREVIOUS=${PREVIOUS:-$(git log -1 --format=%h^ -- migrations)}
  say "Building $PREVIOUS… (a whole build)"
  if [[ ! -e $tree/.git ]]; then git worktree prune && git worktree add --detach --quiet "$tree" "$PREVIOUS"; fi
  git -C "$tree" checkout --quiet --detach "$(git rev-parse "$PREVIOUS")"
  (cd -- "$tree" && CARGO_TARGET_DIR=$FOLDER/previous-target cargo build --locked --workspace --bins --profile "${PROFILE:-release}" 7>&-)
  PREVIOUS_BIN=$FOLDER/previous-target/${PROFILE:-release}
  PREVIOUS_BIN=${PREVIOUS_BIN/%\/dev//debug}
}
