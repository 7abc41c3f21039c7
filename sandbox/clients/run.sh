#!/usr/bin/env bash
# `make clients`: aiogram and python-telegram-bot, unmodified, have to understand everything that the sandbox says, and the
# clients of Stripe (Node, Python), PayPal and CloudPayments sell something there.
# They play a whole bot against it, on ports of its own, and parse every update and every answer of the conversations
# of `fixtures/conversations/`. A Mini App is played in the chat page, where Debian's chromium and chromium-driver
# are installed. Installs the clients into .data/clients. Needs python3 with venv, Node (deploy/local/node.sh), and the
# network the first time.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(cd -- "$HERE/../.." && pwd -P)
DATA=$ROOT/.data/clients
export SANDBOX_ADDR=${SANDBOX_ADDR:-127.0.0.1:4210} SANDBOX_S3_ADDR=${SANDBOX_S3_ADDR:-127.0.0.1:4211} SANDBOX_SMTP_ADDR=${SANDBOX_SMTP_ADDR:-127.0.0.1:4212}

# shellcheck source=../../deploy/local/say.sh
source "$ROOT/deploy/local/say.sh"
# shellcheck source=../../deploy/local/node.sh
source "$ROOT/deploy/local/node.sh"
require_node

mkdir -p -- "$DATA/node"
[[ -x $DATA/venv/bin/python ]] || python3 -m venv "$DATA/venv"
"$DATA/venv/bin/pip" install --quiet --requirement "$HERE/requirements.txt"
cd -- "$ROOT"
cargo build --quiet --locked --workspace --bin sandbox

WORLD=$(mktemp -d)
SANDBOX_DATA_DIR=$WORLD "${CARGO_TARGET_DIR:-$ROOT/target}/debug/sandbox" >"$DATA/sandbox.log" &
sandbox=$!
trap 'kill "$sandbox"; wait "$sandbox" || true; rm -rf -- "$WORLD"' EXIT
url=http://$SANDBOX_ADDR
for _ in {1..100}; do
  "$DATA/venv/bin/python" -c "import urllib.request as u; u.urlopen('$url/control/health')" 2>/dev/null && break
  sleep 0.1
done
for client in aiogram ptb; do
  "$DATA/venv/bin/python" -B "$HERE/play_$client.py" "$url"
  echo "$client: everything was understood"
done
npm --prefix "$DATA/node" install --silent --no-audit --no-fund --no-save stripe@23.1.0
(cd -- "$DATA/node" && node "$HERE/play_stripe.mjs" "$url")
"$DATA/venv/bin/python" -B "$HERE/play_stripe.py" "$url"
echo "stripe, Python and Node: everything was understood"
"$DATA/venv/bin/python" -B "$HERE/play_paypal.py" "$url"
echo "paypal-server-sdk: an order was paid and given back in parts, and each event is signed"
"$DATA/venv/bin/python" -B "$HERE/play_cloudpayments.py" "$url"
echo "cloudpayments: a page was opened, paid and given back"
if [[ -x /usr/bin/chromium && -x /usr/bin/chromedriver ]]; then
  "$DATA/venv/bin/python" -B "$HERE/play_app.py" "$url"
  echo "chromium: the Mini App was answered"
else
  echo "no Mini App was played: install chromium and chromium-driver"
fi

said=$DATA/said
rm -rf -- "$said"
mkdir -- "$said"
RECORD_TELEGRAM=$said "$ROOT/deploy/local/test.sh" conversations
for client in aiogram ptb; do
  "$DATA/venv/bin/python" -B "$HERE/parse_$client.py" "$said"
done
