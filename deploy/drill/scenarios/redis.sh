# shellcheck shell=bash
# Redis and all that was in it are gone, in the middle of the work. Kept if nothing accepted is lost, requests are taken and
# readings written while it is away, and an empty one is used as soon as it is there. Aims: section 13.1 of the design document.

play() {
  local before during begun
  start_stage
  start_programs
  ask reading "$API_URL" >/dev/null
  before=$(ask accepted "$API_URL")
  kill -KILL "$(head -n 1 "$FOLDER/redis/redis.pid")"
  begun=$(now)
  await_status degraded
  during=$(ask accepted "$API_URL")
  # Both are written without it.
  ask ended "$API_URL" "$before" "$during"
  result redis-away kept "two readings, one accepted before and one without Redis, were completed without it" "$(since "$begun")" 90 0 0

  find "$FOLDER/redis" -mindepth 1 -delete
  begun=$(now)
  revive_services
  await_status ready
  ask reading "$API_URL" >/dev/null
  result redis-back kept "an empty Redis was started; the programs went on without a restart" "$(since "$begun")" 900 0 0
}
