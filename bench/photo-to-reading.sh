#!/usr/bin/env bash
# The time from a photo sent in the chat to its reading, one photo after the other, and the peak memory of
# api and worker. Against a running `make run` (or `PROFILE=release make run`):
#
#   bench/photo-to-reading.sh [photos, 20 if not given]
#
# Needs curl. Each photo is of a new user; the clock stops at the first poll (every 10 ms) that finds
# the complete reading.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

SANDBOX=http://127.0.0.1:4010
COUNT=${1:-20}

now_ms() { date +%s%3N; }

# The reading is the only message of the bot with a title in bold.
has_reading() { curl -sf "$SANDBOX/control/users/$1/messages" | grep -q '<b>'; }

times=()
for ((i = 1; i <= COUNT; i++)); do
  user=$(($(now_ms) % 1000000000 + 1000000000))
  begun=$(now_ms)
  curl -sf -o /dev/null -F photo=@fixtures/coffee-cup.png -F language_code=en \
    "$SANDBOX/control/users/$user/messages"
  until has_reading "$user"; do sleep 0.01; done
  times+=($(($(now_ms) - begun)))
done

printf '%s\n' "${times[@]}" | sort -n | awk '
  { t[NR] = $1 }
  END { printf "photo to reading, %d photos: fastest %d ms, median %d ms, slowest %d ms\n",
               NR, t[1], t[int((NR + 1) / 2)], t[NR] }'

for name in api worker; do
  pid=$(pgrep -of "target/[a-z]+/$name\$") || continue
  awk -v name="$name" '/^VmHWM/ { printf "peak memory of %s: %.0f MB\n", name, $2 / 1024 }' "/proc/$pid/status"
done
