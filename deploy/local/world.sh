# shellcheck shell=bash
# The environment of `make run`: the sandbox as the outside world, unless the caller or `.env` says
# otherwise. The "secrets" are names of the sandbox's own and open nothing. Sourced by run.sh and symancy.sh.

# default <name> <value> [other name...]: sets what is not set under any of its names.
default() {
  local name
  for name in "$1" "${@:3}"; do
    [[ -z ${!name:-} ]] || return 0
  done
  export "$1=$2"
}

choose_addresses() {
  default PORT 3000
  default SANDBOX_ADDR 127.0.0.1:4010
  default SANDBOX_S3_ADDR 127.0.0.1:4011
  default SANDBOX_SMTP_ADDR 127.0.0.1:4012
  default API_METRICS_ADDR 127.0.0.1:9464
  default WORKER_METRICS_ADDR 127.0.0.1:9465
  valid_port PORT "$PORT"
  valid_port SANDBOX_ADDR "${SANDBOX_ADDR##*:}"
  valid_port SANDBOX_S3_ADDR "${SANDBOX_S3_ADDR##*:}"
  valid_port SANDBOX_SMTP_ADDR "${SANDBOX_SMTP_ADDR##*:}"
  valid_port API_METRICS_ADDR "${API_METRICS_ADDR##*:}"
  valid_port WORKER_METRICS_ADDR "${WORKER_METRICS_ADDR##*:}"
}

choose_world() {
  local sandbox=http://127.0.0.1:${SANDBOX_ADDR##*:}
  default SANDBOX_DATA_DIR "$ROOT/.data/run/sandbox"
  default PUBLIC_URL "http://127.0.0.1:$PORT"
  default TELEGRAM_BOT_TOKEN 4010:sandbox-token-not-a-secret
  default TELEGRAM_API_URL "$sandbox/telegram"
  default TELEGRAM_WEBHOOK_URL "http://127.0.0.1:$PORT/v1/webhooks/telegram"
  default TELEGRAM_WEBHOOK_SECRET sandbox-webhook-secret
  default MINI_APP_URL "http://127.0.0.1:$PORT/app/"
  default WEBHOOKS_TO_THIS_MACHINE true
  default OPENROUTER_API_KEY sandbox
  default OPENROUTER_BASE_URL "$sandbox/openrouter/api/v1"
  default TINKOFF_TERMINAL_KEY SandboxDEMO
  default TINKOFF_SECRET_KEY sandbox-password
  default TINKOFF_API_URL "$sandbox/tinkoff/v2"
  default TINKOFF_NOTIFICATION_URL "http://127.0.0.1:$PORT/v1/webhooks/payments/tinkoff"
  default STRIPE_SECRET_KEY sk_test_sandbox
  default STRIPE_WEBHOOK_SECRET whsec_sandbox
  default STRIPE_PUBLISHABLE_KEY pk_test_sandbox
  default STRIPE_API_URL "$sandbox/stripe"
  default SANDBOX_STRIPE_WEBHOOK_URL "http://127.0.0.1:$PORT/v1/webhooks/payments/stripe"
  default PAYPAL_CLIENT_ID sandbox-app
  default PAYPAL_CLIENT_SECRET sandbox-app-secret
  default PAYPAL_WEBHOOK_ID SANDBOXHOOK
  default PAYPAL_API_URL "$sandbox/paypal"
  default SANDBOX_PAYPAL_WEBHOOK "http://127.0.0.1:$PORT/v1/webhooks/payments/paypal"
  default CLOUDPAYMENTS_PUBLIC_ID pk_sandbox
  default CLOUDPAYMENTS_API_SECRET sandbox-api-secret
  default CLOUDPAYMENTS_API_URL "$sandbox/cloudpayments"
  default SANDBOX_CLOUDPAYMENTS_NOTIFICATIONS "http://127.0.0.1:$PORT/v1/webhooks/payments/cloudpayments"
  default BTCPAY_URL "$sandbox/btcpay"
  default BTCPAY_STORE_ID SandboxStore
  default BTCPAY_API_KEY sandbox-btcpay-key
  default BTCPAY_WEBHOOK_SECRET sandbox-btcpay-webhook
  default SANDBOX_BTCPAY_WEBHOOK "http://127.0.0.1:$PORT/v1/webhooks/payments/btcpay"
  default COMGATE_MERCHANT 123456
  default COMGATE_SECRET sandbox-comgate-secret
  default COMGATE_API_URL "$sandbox/comgate/v2.0"
  default LEAKED_PASSWORDS_URL "$sandbox/pwned"
  default SANDBOX_COMGATE_PUSH "http://127.0.0.1:$PORT/v1/webhooks/payments/comgate"
  default PAYMENT_RETURN_HOSTS t.me,127.0.0.1,localhost FRONTEND_URL
  default N8N_API_KEY sandbox-n8n-key
  default ADMIN_KEY sandbox-admin-key
  default ABUSE_MEMORY_SECRET sandbox-abuse-memory-secret-of-32
  default ENCRYPTION_KEY sandbox-encryption-key-of-32-bytes
  if [[ -z ${EMAIL_TRANSPORT:-}${SMTP_HOST:-} ]]; then
    default EMAIL_TRANSPORT smtp
    default SMTP_HOST 127.0.0.1
    default SMTP_PORT "${SANDBOX_SMTP_ADDR##*:}"
    default SMTP_TLS none
  fi
  default EMAIL_FROM "Symancy <noreply@symancy.example>" FROM_EMAIL
  default CONTACT_ADDRESS hello@symancy.example
  default S3_ENDPOINT "http://127.0.0.1:${SANDBOX_S3_ADDR##*:}" CLOUDFLARE_R2_ENDPOINT
  default S3_REGION us-east-1
  default S3_BUCKET symancy-photos CLOUDFLARE_R2_BUCKET_NAME
  default SANDBOX_BUCKET "${S3_BUCKET:-${CLOUDFLARE_R2_BUCKET_NAME:-}}"
  default S3_ACCESS_KEY_ID sandbox CLOUDFLARE_R2_ACCESS_KEY_ID
  default S3_SECRET_ACCESS_KEY sandbox-secret CLOUDFLARE_R2_SECRET_ACCESS_KEY
  default MINI_APP_FRAMES "$sandbox,http://localhost:${SANDBOX_ADDR##*:}"
  # Nothing balances the load here, so a stop need not be told beforehand.
  default API_DRAIN_MS 0
  default LOG_LEVEL info
}
