# shellcheck shell=bash
# The API is gone, killed after it has said 202. Kept if what it has accepted is completed, and if photos are read again
# as soon as it is started. Aims: section 13.1 of the design document.

play() {
  local accepted begun
  start_stage
  start_programs
  accepted=$(ask accepted "$API_URL")
  kill_hard api
  begun=$(now)
  [[ $(ask status "$API_URL") == gone ]] || fail "Something else answers on port $PORT."
  # What was accepted needs no API.
  wait_until 60 is_complete "$accepted" || fail "The reading $accepted is not complete a minute after the API was killed."
  launch api "$BIN/api"
  await_ready "$PORT"
  ask ended "$API_URL" "$accepted"
  ask reading "$API_URL" >/dev/null
  result api kept "the reading accepted before was completed without an API; a photo was read after the start" "$(since "$begun")" 3600 0 900
}

is_complete() { [[ $(sql "$DATABASE_URL" "SELECT status FROM analysis_history WHERE id = '$1'") == completed ]]; }
