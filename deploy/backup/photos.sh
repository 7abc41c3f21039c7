#!/usr/bin/env bash
# Copies the photos to a second bucket, encrypted, and keeps what was deleted or changed for 30 days (docs/BACKUPS.md, "Photos"). Each
# hour, by symancy-photos.timer. Needs rclone 1.60 or newer, and in its configuration the remotes `photos` and `sealed`.
#
#   PHOTOS_BUCKET=<bucket>   where the photos are
#   MAX_DELETE=<n>           so many of them may go at once (1000): a bucket that was emptied must not empty the copy. Once more were
#                            to go, nothing is copied until an operator has removed `sealed:stopped`
#   KEEP_DAYS=<n>            how long what has gone is kept (30)
set -euo pipefail

bucket=${PHOTOS_BUCKET:?the bucket of the photos}
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
# Debian's rclone refuses S3 while it is set.
unset AWS_CA_BUNDLE

copy() {
  local status=0 stopped
  stopped=$(rclone lsf --files-only --include /stopped sealed:)
  if [[ -n $stopped ]]; then
    echo "Nothing is copied: $(rclone cat sealed:stopped)" >&2
    return 1
  fi
  rclone sync "photos:$bucket" sealed:now --backup-dir "sealed:old/$(date -u +%F)" --max-delete "${MAX_DELETE:-1000}" --fast-list \
    2>"$log" || status=$?
  cat -- "$log" >&2
  if grep -q -- '--max-delete threshold reached' "$log"; then
    # Else the next run would take as many again.
    echo "on $(date -u +%FT%TZ) more than ${MAX_DELETE:-1000} photos were to go from the copy at once. Look into the bucket. If they are" \
      "meant to go: set MAX_DELETE in photos.env for one run, and then: rclone deletefile sealed:stopped" | rclone rcat sealed:stopped
  fi
  ((status == 0)) || return "$status"
  date -u +%FT%TZ | rclone rcat sealed:copied
}

# By the day on which it went, which is the name of its folder. A photo keeps its own age, so that by it an old one
# would be gone at once.
purge() {
  local oldest folders folder day
  oldest=$(date -u -d "${KEEP_DAYS:-30} days ago" +%F)
  folders=$(rclone lsf --dirs-only --recursive --max-depth 2 sealed:)
  for folder in $folders; do
    day=${folder#old/}
    day=${day%/}
    if [[ $folder == old/????-??-??/ && $day < $oldest ]]; then
      rclone purge "sealed:old/$day"
    fi
  done
}

# What persons have deleted has to go also while nothing is copied. First, for a function behind `||` does not end at an error.
purge
copy
