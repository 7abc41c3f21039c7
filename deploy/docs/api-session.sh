#!/usr/bin/env bash
# Writes docs/API.md: one session with curl, task by task, against a `make run` that has just begun with
# an empty .data (its addresses and keys are the defaults). Needs curl and jq.
#
#   make run                             # in another terminal
#   deploy/docs/api-session.sh > docs/API.md
#   make docs                            # adds the list of every path
set -euo pipefail

API=http://127.0.0.1:3000
SANDBOX=http://127.0.0.1:4010
METRICS=http://127.0.0.1:9464
KEY=sandbox-n8n-key
FOLDER=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd -- "$FOLDER"

BODY=$(mktemp)
HEAD=$(mktemp)
trap 'rm -f -- "$BODY" "$HEAD"' EXIT

# Headers worth reading; the others are on every answer. Those of the rate limits are shown once.
WORTH='^(HTTP/|etag|retry-after|location|link|preference-applied|idempotency-replayed|content-type: (text|application/pdf))'
LIMITS='^(x-ratelimit|ratelimit)'
# What opens something is shown by its beginning.
SECRETS='s/("(access_token|refresh_token|csrf_token|key|link|invitation_url)": "[^"]{12})[^"]*"/\1…"/'
# The longest body that is shown whole, in lines.
LINES=26

# call <what it shows> <curl's arguments...>: runs it, and prints it with its answer.
call() {
  local what=$1
  shift
  printf '\n%s\n\n```console\n$ curl' "$what"
  local argument
  for argument in "$@"; do printf ' %s' "$(shown "$argument")"; done
  printf '\n'
  : >"$BODY"
  curl --silent --show-error --max-time 70 --dump-header "$HEAD" --output "$BODY" "$@"
  tr -d '\r' <"$HEAD" | grep -iE "$WORTH${LIMITS:+|$LIMITS}" | sed -E 's/^HTTP\/1\.1 /HTTP /' | sort || true
  LIMITS=''
  if [[ -s $BODY ]]; then
    echo
    if grep -qi '^content-type: application/pdf' "$HEAD"; then
      printf '%s… (%d bytes)\n' "$(head -c 8 "$BODY")" "$(wc -c <"$BODY")"
    else
      { jq . "$BODY" 2>/dev/null || cat "$BODY"; } | sed -E "$SECRETS" | cut -c1-150 | shortened
    fi
  fi
  printf '```\n'
}

# The beginning and the end of a long body.
shortened() { awk -v most="$LINES" '{ line[NR] = $0 } END {
  for (i = 1; i <= NR; i++) {
    if (NR <= most || i <= most - 6 || i > NR - 5) print line[i]
    else if (i == most - 5) print "…"
  } }'; }

# As it would be typed: with variables where there are secrets and ids.
shown() {
  local text=$1
  if [[ -n ${PAGE:-} ]]; then text=${text//$PAGE/\$PAGE}; fi
  if [[ -n ${REFRESH:-} ]]; then text=${text//$REFRESH/\$REFRESH}; fi
  text=${text//$API/\$API}
  text=${text//$SANDBOX/\$SANDBOX}
  if [[ -n ${PROOF:-} ]]; then text=${text//$PROOF/\$PROOF}; fi
  if [[ -n ${TOKEN:-} ]]; then text=${text//$TOKEN/\$TOKEN}; fi
  if [[ -n ${OWN_KEY:-} ]]; then text=${text//$OWN_KEY/\$OWN_KEY}; fi
  if [[ -n ${LETTER:-} ]]; then text=${text//$LETTER/\$LETTER}; fi
  if [[ -n ${ID:-} ]]; then text=${text//$ID/\$ID}; fi
  if [[ $text =~ [^A-Za-z0-9_./:@=-] ]]; then printf '"%s"' "${text//\"/\\\"}"; else printf '%s' "$text"; fi
}

id() { jq -r .id "$BODY"; }
proof() { curl --silent "$SANDBOX/control/users/$1/init-data" | jq -r .init_data; }
ann() { local what=$1; shift; call "$what" -H "Authorization: Bearer $TOKEN" "$@"; }
me() { local what=$1; shift; call "$what" -H "X-Telegram-Init-Data: $PROOF" "$@"; }
# letter <address> <page>: the secret of the link to that page in a letter to the address.
letter() {
  local mail secret
  for _ in {1..50}; do
    for mail in $(curl --silent "$SANDBOX/mail?to=$1" | grep -oE '/mail/[0-9a-f-]{8,}'); do
      secret=$(curl --silent "$SANDBOX$mail" | grep -oE "/auth/$2[^<\" ]*" | grep -oE 'token=[^&<" ]+' | head -n 1) || continue
      echo "${secret#token=}"
      return
    done
    sleep 0.3
  done
  echo "no letter to $1 leads to $2" >&2
  return 1
}
until_ended() { curl --silent --output /dev/null -H "X-API-Key: $KEY" -H 'Prefer: wait=60' "$API/v1/analyses/$1"; }

cat <<PAGE
# The API, by hand

What there is to do, in one session with curl, as it went: written by \`deploy/docs/api-session.sh\` against
\`make run\`; at the end is [every path](#every-path). The same as a description for programs: \`/openapi.json\` (shown at \`/docs\`); the codes of
refusals: [ERRORS.md](ERRORS.md); buying in full: [PAYMENTS.md](PAYMENTS.md).

\`\`\`sh
API=$API
SANDBOX=$SANDBOX
PROOF=\$(curl -s \$SANDBOX/control/users/1001/init-data | jq -r .init_data)
\`\`\`

A person comes with \`X-Telegram-Init-Data\`, which Telegram gives to the Mini App; it stays with the
program (\`User-Agent\`) that brings it first. A service comes with \`X-API-Key\`, and says for whom in
\`X-Telegram-User-Id\` (or \`telegram_user_id\` of a form); then nothing of others is found. Below, long lines are cut.
PAGE

PROOF=$(proof 1001)
SUNSET='The next day begins at midnight in the new timezone, once the day that has begun is over, and lasts 20 hours at least.'

echo; echo '## Users'
me 'Who am I? A person is created on first sight.' "$API/v1/users/me"
me "Change what is yours. $SUNSET" -X PATCH --json '{"first_name":"Анна","language_code":"en","timezone":"Asia/Shanghai"}' "$API/v1/users/me"
me 'A refusal is in the language that the person chose.' -X PATCH --json '{"timezone":"Mars/Olympus"}' "$API/v1/users/me"
me 'Give consent.' -X PUT --json '{"terms_of_use":true,"privacy_policy":true}' "$API/v1/users/me/consents"
me 'Read the consents.' "$API/v1/users/me/consents"
me 'An app that stays open exchanges its proof once for a token.' -X POST "$API/v1/auth/telegram"
TOKEN=$(jq -r .access_token "$BODY")
call 'It renews the token, also for some time after its end.' -H "Authorization: Bearer $TOKEN" -X POST "$API/v1/auth/renewal"
call 'What the app has to know before it knows its person.' "$API/v1/app"
# shellcheck disable=SC2016 # Markdown
call 'The terms of use, as the app shows them; the other one is `privacy`.' "$API/v1/documents/terms"
me 'Write to the operators; the answer comes in the chat.' --json '{"text":"I have paid twice."}' "$API/v1/support"

echo; echo '## Analyses'
me 'Ask for a reading of a photo.' -H 'Idempotency-Key: a-key-of-mine' -F image=@fixtures/coffee-cup.png -F focus_area=career "$API/v1/analyses"
ID=$(id)
me 'The same once more: the same answer, and one reading.' -H 'Idempotency-Key: a-key-of-mine' -F image=@fixtures/coffee-cup.png -F focus_area=career "$API/v1/analyses"
me 'The same key for something else.' -H 'Idempotency-Key: a-key-of-mine' -F 'text=A bird' "$API/v1/analyses"
me 'Wait for it: answered when it has ended.' -H 'Prefer: wait=30' "$API/v1/analyses/$ID"
ETAG=$(tr -d '\r' <"$HEAD" | awk 'tolower($1) == "etag:" { print $2 }')
me 'A version that the client has already is not sent again.' -H "If-None-Match: $ETAG" "$API/v1/analyses/$ID"
# shellcheck disable=SC2016 # Markdown
me 'Or as events, while it is being made; `partial` is its text so far. This one has ended, so there is one event.' "$API/v1/analyses/$ID/events"
me 'The photo and its thumbnail, for a quarter of an hour.' "$API/v1/analyses/$ID/photo"
me 'Ask about it; the answer is a reading of its own.' --json '{"text":"Will I travel this year?"}' "$API/v1/analyses/$ID/questions"
until_ended "$(id)"
me 'The questions about it, with their answers.' "$API/v1/analyses/$ID/questions"
me 'Rate it.' --json '{"rating":5,"feedback_text":"The bird did come."}' "$API/v1/analyses/$ID/feedback"

call 'As n8n does: a service speaks for a person, and the same message is read once.' -H "X-API-Key: $KEY" -F telegram_user_id=1001 -F consent=obtained -F message_id=42 -F 'text=A long road to a hill' "$API/v1/analyses"
SECOND=$(id)
call 'n8n got no answer in time and sends it again.' -H "X-API-Key: $KEY" -F telegram_user_id=1001 -F consent=obtained -F message_id=42 -F 'text=A long road to a hill' "$API/v1/analyses"
until_ended "$SECOND"
me 'The list, newest first.' "$API/v1/analyses?limit=1"
CURSOR=$(jq -r .pagination.next_cursor "$BODY")
me 'The next page, from where the last one ended.' "$API/v1/analyses?limit=1&cursor=$CURSOR"
me 'Those with these words, in the reading or in what was asked.' "$API/v1/analyses?q=road&limit=1"
ID=$SECOND
me 'Too late to cancel: it has ended.' -X POST "$API/v1/analyses/$ID/cancel"
me 'Delete it, with its photos.' -X DELETE "$API/v1/analyses/$ID"

echo; echo '## Plans and limits'
echo; echo 'Another person, who may ask 30 times a minute again, has given consent and has had two readings today.'
PROOF=$(proof 1002)
curl --silent --output /dev/null -H "X-Telegram-Init-Data: $PROOF" -X PUT --json '{"terms_of_use":true,"privacy_policy":true}' "$API/v1/users/me/consents"
for words in 'A boat' 'A tree'; do
  curl --silent --output /dev/null -H "X-Telegram-Init-Data: $PROOF" -F "text=$words" "$API/v1/analyses"
done
me 'How much of the plan is used?' "$API/v1/limits/me"
me 'One more is left.' -F 'text=A key' "$API/v1/analyses"
me 'And now none.' -F 'text=A gate' "$API/v1/analyses"
call 'What plans are there?' "$API/v1/plans"
me 'A trial, once.' -X POST "$API/v1/subscriptions/trial"
me 'What do I have?' "$API/v1/subscriptions/me"
me 'Buy a month, in Stars.' --json '{"tier":"BASIC","provider":"telegram_stars"}' "$API/v1/subscriptions/purchase"
ID=$(jq -r .payment_id "$BODY")
me 'Has the money come? Answered when it has, or after a second.' -H 'Prefer: wait=1' "$API/v1/payments/$ID"
me 'What was bought, the newest first.' "$API/v1/payments"
me 'End the trial.' -X POST "$API/v1/subscriptions/cancel"

echo; echo '## Signing in by e-mail'
ANN=ann@example.org PASSWORD='four unusual words hang here'
call 'Sign up. The answer is the same for an address that is known.' --json "{\"email\":\"$ANN\",\"password\":\"$PASSWORD\"}" "$API/v1/auth/register"
LETTER=$(letter "$ANN" verify)
# shellcheck disable=SC2016 # Markdown
call 'The link of the letter (`$SANDBOX/mail`) proves the address.' --json "{\"token\":\"$LETTER\",\"password\":\"$PASSWORD\"}" "$API/v1/auth/verify-email"
call 'Sign in.' --json "{\"email\":\"$ANN\",\"password\":\"$PASSWORD\"}" "$API/v1/auth/login"
TOKEN=$(jq -r .access_token "$BODY")
REFRESH=$(jq -r .refresh_token "$BODY")
ann 'Who is signed in?' "$API/v1/auth/session"
ann 'Where?' "$API/v1/auth/sessions"
ann 'Which second factors are there?' "$API/v1/auth/2fa"

echo; echo '## Paying on the web'
ann 'What stands on the invoices from now on.' -X PUT --json '{"name":"Example Ltd","address":"Example street 1, Praha","country":"CZ"}' "$API/v1/billing/details"
ann 'A month in roubles; other money is named by its currency.' -H 'Idempotency-Key: my-first-plan' --json '{"tier":"BASIC","provider":"sbp_tinkoff"}' "$API/v1/subscriptions/purchase"
ID=$(jq -r .payment_id "$BODY")
PAGE=$(jq -r .payment_url "$BODY")
call 'What a person does at the page of the bank, here the sandbox.' -d act=pay "$PAGE"
ann 'The money has come.' -H 'Prefer: wait=20' "$API/v1/payments/$ID"
ann 'Its invoice; without a seller in the settings it is a receipt.' "$API/v1/invoices"
INVOICE=$(jq -r '.data[0].id' "$BODY")
ann 'One alone.' "$API/v1/invoices/$INVOICE"
ann 'The same to print.' "$API/v1/invoices/$INVOICE/pdf"
ann 'Ask for the money back; operators decide.' --json '{"reason":"I meant another plan."}' "$API/v1/payments/$ID/refund-request"

echo; echo '## Organizations and keys'
ann 'An account with members; who makes it is its owner.' --json '{"name":"Grounds & Co"}' "$API/v1/organizations"
ID=$(id)
ann 'Invite a person, by a link.' --json '{"role":"member"}' "$API/v1/organizations/$ID/invitations"
ann 'Who is in it?' "$API/v1/organizations/$ID/members"
ann 'A key of the own account, shown once.' --json '{"name":"A script of mine","scopes":["analyses:read"]}' "$API/v1/api-keys"
OWN_KEY=$(jq -r .key "$BODY")
call 'It may do what its scopes say.' -H "X-API-Key: $OWN_KEY" "$API/v1/analyses?limit=1"
call 'And nothing else.' -H "X-API-Key: $OWN_KEY" -F 'text=A bird' "$API/v1/analyses"
ann 'The keys.' "$API/v1/api-keys"
call 'A session is renewed by its newest refresh token; then sign out.' --json "{\"refresh_token\":\"$REFRESH\"}" "$API/v1/auth/refresh"
TOKEN=$(jq -r .access_token "$BODY")
ann 'Sign out.' -X POST "$API/v1/auth/logout"
TOKEN=''

echo; echo '## Privacy'
me 'A copy of everything.' -X POST "$API/v1/users/me/exports"
ID=$(id)
for _ in {1..50}; do
  [[ $(curl --silent -H "X-Telegram-Init-Data: $PROOF" "$API/v1/users/me/exports/$ID" | jq -r .status) != completed ]] || break
  sleep 0.3
done
me 'Once it is completed there is a link.' "$API/v1/users/me/exports/$ID"
me 'All of them.' "$API/v1/users/me/exports"
me 'A deletion needs a confirmation.' --json '{"confirmation_code":"yes"}' "$API/v1/users/me/deletion"
me 'With the right one.' --json '{"confirmation_code":"DELETE_MY_DATA"}' "$API/v1/users/me/deletion"
me 'How far is it? After the deletion the person is unknown.' "$API/v1/users/me/deletion"

echo; echo '## Webhooks'
call 'Telegram sends the secret of its webhook; n8n may relay payments with the same.' -H 'X-Telegram-Bot-Api-Secret-Token: wrong' --json '{"update_id":1}' "$API/v1/webhooks/telegram"
call 'The same for payments that n8n relays.' -H 'X-Telegram-Bot-Api-Secret-Token: sandbox-webhook-secret' --json '{"update_id":1}' "$API/v1/webhooks/payments/telegram"
call 'The bank signs its notifications.' --json '{"TerminalKey":"x","OrderId":"1","Token":"00"}' "$API/v1/webhooks/payments/tinkoff"

echo; echo '## Operations'
call 'Is the process alive?' "$API/v1/health"
call 'Can requests be taken?' "$API/v1/ready"
call 'A request without a credential.' "$API/v1/users/me"
# shellcheck disable=SC2016 # Markdown
printf '\nThe metrics of the process, for Prometheus.\n\n```console\n$ curl "$METRICS/metrics"\n'
curl --silent "$METRICS/metrics" | grep -E '^(analysis_created_total|http_request_duration_seconds_count)' | head -n 4
printf '```\n'
