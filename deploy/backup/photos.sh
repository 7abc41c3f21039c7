#!/usr/bin/env bash
# Copies the photos to a second bucket, encrypted, and keeps what was deleted or changed for 30 days (docs/BACKUPS.md, "Photos"). Each
# hour, by symancy-photos.timer. Needs rclone 1.60 or newer, and in its configuration the remotes `photos` and `sealed`.
#
#   PHOTOS_BUCKET=<bucket>   where the photos are
#   MAX_DELETE=<n>           so many of them may go at once (1000): a bucket that was emptied must not empty the copy
#   KEEP_DAYS=<n>            how long what has gone is kept (30)
set -euo pipefail

bucket=${PHOTOS_BUCKET:?the bucket of the photos}
# Debian's rclone refuses S3 while it is set.
unset AWS_CA_BUNDLE

rclone sync "photos:$bucket" sealed:now --backup-dir "sealed:old/$(date -u +%F)" --max-delete "${MAX_DELETE:-1000}" --fast-list

# By the day on which it went, which is the name of its folder. A photo keeps its own age, so that by it an old one
# would be gone at once.
oldest=$(date -u -d "${KEEP_DAYS:-30} days ago" +%F)
folders=$(rclone lsf --dirs-only --recursive --max-depth 2 sealed:)
for folder in $folders; do
  day=${folder#old/}
  day=${day%/}
  if [[ $folder == old/????-??-??/ && $day < $oldest ]]; then
    rclone purge "sealed:old/$day"
  fi
done
