# shellcheck shell=bash
# Everything is gone: programs, database, Redis, bucket, and the clone. What is left: the repository, the copy of the bucket at
# another provider, the key of the backups, and the settings. Brought up in another folder. Aims: section 13.3, scenario 5.
# The programs are those that were built before; on a bare machine the build, or the pull of the image, comes on top.

play() {
  local kept begun new=$FOLDER/elsewhere
  start_stage
  open_cluster
  start_programs
  kept=$(ask accepted "$API_URL")
  ask ended "$API_URL" "$kept"
  back_up
  rm -rf -- "$new"
  mkdir -p -- "$new"
  # Objects, and the names of those with long keys.
  mkdir -- "$new/bucket"
  cp -a -- "$SANDBOX_DATA_DIR"/s3* "$new/bucket"
  lose_everything

  begun=$(now)
  git clone --quiet --depth 1 "file://$ROOT" "$new/symancy"
  # From here on what is asked is asked by the files of the clone.
  # shellcheck disable=SC2034 # used by stage.sh
  HERE=$new/symancy/deploy/drill
  export SANDBOX_DATA_DIR=$new/sandbox
  mkdir -p -- "$SANDBOX_DATA_DIR"
  cp -a -- "$new/bucket"/. "$SANDBOX_DATA_DIR"
  launch sandbox "$BIN/sandbox"
  await_health sandbox "${SANDBOX_ADDR##*:}" /control/health
  revive_services
  bring_back latest
  ask ended "$API_URL" "$kept"
  ask reading "$API_URL" >/dev/null
  "$BIN/symancy" jobs probe >"$LOGS/probe.log"
  result elsewhere kept "from a clone, the copy of the bucket and the key; a reading of before is there, a photo was read" "$(since "$begun")" 14400 "$LOST" 900
}

lose_everything() {
  local name redis
  for name in api worker sandbox; do kill_hard "$name"; done
  end_cluster QUIT
  redis=$(head -n 1 "$FOLDER/redis/redis.pid")
  kill -KILL "$redis"
  wait_until 10 process_gone "$redis"
  rm -rf -- "${CLUSTER:?}/data" "${SANDBOX_DATA_DIR:?}"
  find "$FOLDER/redis" -mindepth 1 -delete
}
