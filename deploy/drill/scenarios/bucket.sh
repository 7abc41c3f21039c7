# shellcheck shell=bash
# shellcheck disable=SC2153 # names of stage.sh
# The bucket of the photos is gone with all that was in it. Kept if words are read and photos refused while there is none, if an
# empty one in its place is used without a restart, if the copy of docs/BACKUPS.md brings its photos back, and if the person
# whose photo is in no copy and was not read yet is asked to send it again. Aims: section 13.1, "Object Storage".

play() {
  local kept late waiting
  start_stage
  choose_buckets
  start_programs
  kept=$(ask photo "$API_URL")
  ask ended "$API_URL" "$kept"
  copy_photos
  late=$(ask photo "$API_URL")
  ask ended "$API_URL" "$late"
  waiting=$(accept_unread)
  lose_bucket
  serve_empty_bucket
  keep_copy
  bring_photos_back "$kept" "$late"
  ask_again "$waiting"
  smoke
}

# `photos` is the bucket, `sealed` another one, encrypted, as docs/BACKUPS.md sets them up. The second one stands in for another provider.
choose_buckets() {
  local account=(provider=Other "endpoint=$S3_ENDPOINT" "access_key_id=$S3_ACCESS_KEY_ID" "secret_access_key=$S3_SECRET_ACCESS_KEY")
  command -v rclone >/dev/null || install_packages rclone rclone
  SANDBOX=http://$SANDBOX_ADDR
  BUCKET=$SANDBOX_DATA_DIR/s3/$S3_BUCKET
  export RCLONE_CONFIG=$FOLDER/rclone.conf PHOTOS_BUCKET=$S3_BUCKET
  # Debian's rclone refuses S3 while it is set.
  unset AWS_CA_BUNDLE
  rm -f -- "$RCLONE_CONFIG"
  {
    rclone config create photos s3 "${account[@]}"
    rclone config create copy s3 "${account[@]}"
    rclone config create sealed crypt remote=copy:symancy-copy filename_encryption=off password="$(openssl rand -hex 16)" --obscure
    rclone mkdir copy:symancy-copy
  } >"$LOGS/rclone.log" 2>&1
}

copy_photos() { "$ROOT/deploy/backup/photos.sh" >>"$LOGS/rclone.log" 2>&1; }

# A photo in the chat that is in the bucket, and cannot be read from it yet. Prints its person.
accept_unread() {
  local person
  chat fault "$SANDBOX" '{"s3": {"methods": {"GET": {"error_rate": 1, "status": 503}}}}'
  person=$(chat photo "$SANDBOX" "$API_URL")
  wait_until 60 has_waiting || fail "The photo of $person is not in the bucket."
  echo "$person"
}
has_waiting() { [[ -n $(waiting_jobs) ]]; }
waiting_jobs() { sql "$DATABASE_URL" "SELECT id FROM jobs WHERE kind = 'analyses.prepare_image.v1' AND state IN ('queued', 'running')"; }

lose_bucket() {
  local begun
  # The sandbox makes a bucket that is not there as soon as an object comes, so that it has to refuse them meanwhile.
  chat fault "$SANDBOX" '{"s3": {"error_rate": 1, "status": 503}}'
  rm -rf -- "${BUCKET:?}"
  begun=$(now)
  [[ $(ask refused "$API_URL") == *E903 ]] || fail "A photo was not refused with E903."
  # Telegram keeps it, so it is taken.
  PERSON=$(chat photo "$SANDBOX" "$API_URL")
  ask ended "$API_URL" "$(ask accepted "$API_URL")"
  # What answered is not asked again for half a minute.
  await_status unavailable
  result bucket-away kept "photos by the API were refused (E903), one in the chat was taken, words were read" "$(since "$begun")" '' 0 0
}

serve_empty_bucket() {
  local begun
  begun=$(now)
  chat fault "$SANDBOX"
  rclone mkdir "photos:$S3_BUCKET"
  await_status ready
  ask reading "$API_URL" >/dev/null
  chat read "$SANDBOX" "$PERSON" >/dev/null
  result bucket-empty kept "an empty bucket in its place: photos were read without a restart, also the one that was sent in the chat while there was none" "$(since "$begun")" 14400 0 0
}

# The timer runs on beside an empty bucket: the copy stops at the first run, and not at each one a little later.
keep_copy() {
  local before
  before=$(rclone size --json sealed:now)
  if MAX_DELETE=0 copy_photos; then fail "The copy followed a bucket that was emptied."; fi
  if MAX_DELETE=100 copy_photos; then fail "The copy went on although it had stopped."; fi
  [[ $(rclone size --json sealed:now) == "$before" ]] || fail "The copy of the photos has changed."
  rclone deletefile sealed:stopped
}

bring_photos_back() { # kept late
  local begun
  begun=$(now)
  # `copy`, not `sync`: what came meanwhile stays.
  rclone copy sealed:now "photos:$S3_BUCKET" --fast-list >>"$LOGS/rclone.log" 2>&1
  [[ $(ask shows "$API_URL" "$1") == 200 ]] || fail "The photo of $1 is not back."
  [[ $(ask shows "$API_URL" "$2") == 404 ]] || fail "The photo of $2, which was in no copy, is there."
  lost_photos >"$FOLDER/lost.txt"
  grep -q -- "$2" "$FOLDER/lost.txt" || fail "The list of lost photos lacks $2; see .data/drill/lost.txt."
  result bucket-copy kept "the photos of the copy are back; those after it are listed ($(wc -l <"$FOLDER/lost.txt")): their readings are there without the photo" "$(since "$begun")" 14400 0 3600
}

# As docs/BACKUPS.md does it.
lost_photos() {
  comm -23 <(sql "$DATABASE_URL" "SELECT image_url FROM analysis_history WHERE image_url IS NOT NULL" | sort) \
    <(rclone lsf --recursive --files-only "photos:$S3_BUCKET" | sort)
}

ask_again() { # person
  local begun job
  begun=$(now)
  job=$(waiting_jobs)
  "$BIN/symancy" jobs cancel "$job" >"$LOGS/cancel.log"
  chat says "$SANDBOX" "$1" "send your photo again"
  ask reading "$API_URL" >/dev/null
  result bucket-asked kept "the person whose photo was in no copy and not read yet was asked to send it again" "$(since "$begun")" 14400
}
