#!/usr/bin/env bash
# Benchmark of the image step beside npm sharp: from a photo in memory to the picture within 800 x 800 and the
# thumbnail within 200, both JPEGs of quality 85, on one thread each.
#
#   bench/image/run.sh [rounds, 5 if not given] [photos a round, 10 if not given]
#
# Both run in turn in each round, on a quiet machine; the table shows medians of CPU time (user and
# system), which other processes disturb least. Peak memory is that of the whole process (VmHWM),
# including the photo. Needs node 20 and npm. About 4 minutes on 2 cores.
# Results as lines of JSON in .data/bench-image/results.jsonl.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

ROUNDS=${1:-5} TIMES=${2:-10}
FOLDER=$PWD/.data/bench-image
OUT=$FOLDER/results.jsonl
BENCH=${CARGO_TARGET_DIR:-target}/release/bench-image
SHARP=bench/image/sharp
PHOTOS=(12mp-baseline.jpg 12mp-progressive.jpg 24mp-baseline.jpg 24mp-progressive.jpg 12mp-photo.png 8mp-photo.webp)
export UV_THREADPOOL_SIZE=1

main() {
  cargo build --release --locked -p bench-image
  (cd "$SHARP" && npm install --silent --no-audit --no-fund)
  mkdir -p "$FOLDER"
  photos
  : >"$OUT"
  "$BENCH" idle >>"$OUT"
  node "$SHARP/bench.mjs" idle >>"$OUT"
  for ((round = 1; round <= ROUNDS; round++)); do
    echo "round $round of $ROUNDS" >&2
    for photo in "${PHOTOS[@]}"; do
      "$BENCH" measure "$FOLDER/$photo" "$TIMES" "$FOLDER" >>"$OUT"
      node "$SHARP/bench.mjs" measure "$FOLDER/$photo" "$TIMES" "$FOLDER" >>"$OUT"
      if ((round == 1)); then likeness "$photo"; fi
    done
  done
  node "$SHARP/table.mjs" "$OUT"
}

photos() {
  [[ -e $FOLDER/${PHOTOS[-1]} ]] && return
  scene 4000 3000 12mp-baseline.jpg 12mp-progressive.jpg 12mp-photo.png
  scene 6000 4000 24mp-baseline.jpg 24mp-progressive.jpg
  scene 3264 2448 8mp-photo.webp
}

scene() { # width, height, names of photos
  echo "making ${*:3}" >&2
  "$BENCH" scene "$1" "$2" "$FOLDER/scene.png"
  node "$SHARP/bench.mjs" encode "$FOLDER/scene.png" "$FOLDER" "${@:3}"
  rm -- "$FOLDER/scene.png"
}

likeness() {
  local ours theirs
  { read -r ours && read -r theirs; } < <("$BENCH" ssim "$FOLDER/$1" "$FOLDER/symancy.jpg" "$FOLDER/sharp.jpg")
  printf '{"photo":"%s","size":%s,"ssim":{"symancy":%s,"sharp":%s}}\n' "$1" "$(stat -c %s "$FOLDER/$1")" "$ours" "$theirs" >>"$OUT"
}

main "$@"
