# shellcheck shell=bash
# shellcheck disable=SC2153 # names of stage.sh
# n8n, which says readings in the chat, has a broken workflow, is away, and is mended. Kept if each photo gets its reading once:
# from the worker while n8n does not do it, and from n8n again after its return, also the one that waited. n8n is played by
# n8n.py; that the workflows of the repository can be imported into a real one is proven by `make n8n`. Aims: section 13.3,
# scenario 4.

play() {
  start_stage
  choose_n8n
  start_programs
  start_n8n
  expect_reading n8n "$(chat photo "$SANDBOX" "$API_URL")"
  break_workflow
  lose_n8n
  smoke
}

choose_n8n() {
  SANDBOX=http://$SANDBOX_ADDR
  SENT=$FOLDER/n8n.sent
  : >"$SENT"
  free_port N8N_PORT 5790
  export N8N_WEBHOOK_RESULT=http://127.0.0.1:$N8N_PORT/webhook/symancy-result
  export N8N_WEBHOOK_KEY=key-of-the-drill-and-of-nothing-else
  N8N_WEBHOOK_SECRET=whsec_$(printf secret-of-the-drill-and-of-nothing-else | base64 -w0)
  export N8N_WEBHOOK_SECRET
}

start_n8n() { # [broken]
  launch n8n python3 "$HERE/n8n.py" "$N8N_PORT" "$SENT" "$@"
  wait_until 20 port_answers "$N8N_PORT" || fail "n8n.py does not answer; see ${LOGS#"$ROOT"/}/n8n.log."
}

# A change by hand: each call fails, and n8n says 200.
break_workflow() {
  local person begun
  end_orderly n8n 10
  start_n8n broken
  person=$(chat photo "$SANDBOX" "$API_URL")
  begun=$(now)
  expect_reading worker "$person"
  result n8n-broken kept "after five calls without a confirmation the worker has sent the reading, once" "$(since "$begun")" 7200 0 3600
}

lose_n8n() {
  local person begun
  kill_hard n8n
  person=$(chat photo "$SANDBOX" "$API_URL")
  wait_until 60 is_refused || fail "The worker does not call n8n."
  # The workflow of the repository is imported, and n8n is there again.
  begun=$(now)
  start_n8n
  expect_reading n8n "$person"
  expect_reading n8n "$(chat photo "$SANDBOX" "$API_URL")"
  result n8n-back kept "the reading that had waited was sent by n8n after its return, once, and so was the next one" "$(since "$begun")" 7200 0 3600
}

# Whether a delivery has failed and waits for its next try.
is_refused() {
  [[ $(sql "$DATABASE_URL" "SELECT count(*) FROM jobs WHERE kind = 'notifications.deliver_analysis.v1' AND state = 'queued' AND attempt > 0") -gt 0 ]]
}

# expect_reading <n8n|worker> <person>
expect_reading() {
  local by
  by=$(chat read "$SANDBOX" "$2" "$SENT")
  [[ $by == "$1" ]] || fail "The reading of $2 was sent by '$by' instead of '$1'."
}
