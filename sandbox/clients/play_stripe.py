"""Stripe's own client for Python, unmodified, against the sandbox: the same as play_stripe.mjs, shorter.
`play_stripe.py http://127.0.0.1:4210`"""

import json
import sys
import urllib.request

import stripe

SANDBOX = sys.argv[1]
ORDER = {
    "mode": "payment",
    "success_url": "https://shop.example/paid",
    "metadata": {"payment": "o-1"},
    "payment_intent_data": {"metadata": {"payment": "o-1"}},
    "payment_method_types": ["card"],
    "line_items": [
        {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 599, "product_data": {"name": "A plan"}}}
    ],
}


def control(method, path, body):
    request = urllib.request.Request(
        f"{SANDBOX}/control/{path}", json.dumps(body).encode(), {"content-type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def refuses(kind, call, *arguments, **fields):
    try:
        call(*arguments, **fields)
    except kind as why:
        return why
    raise AssertionError(f"no {kind}")


stripe.api_base = f"{SANDBOX}/stripe"
stripe.api_key = "sk_test_sandbox"
stripe.max_network_retries = 2
create = stripe.checkout.Session.create

first = create(**ORDER, idempotency_key="py-1")
assert create(**ORDER, idempotency_key="py-1").id == first.id
refuses(stripe.IdempotencyError, create, **{**ORDER, "locale": "ru"}, idempotency_key="py-1")
lost = {"lost_reply_rate": 1, "times": 1}
control("PUT", "faults", {"stripe": {"methods": {"checkout.sessions.create": lost}}})
before = len(list(stripe.checkout.Session.list(limit=2).auto_paging_iter()))
create(**ORDER)
assert len(list(stripe.checkout.Session.list(limit=2).auto_paging_iter())) == before + 1
why = refuses(stripe.InvalidRequestError, stripe.checkout.Session.retrieve, "cs_test_no")
assert (why.code, why.http_status) == ("resource_missing", 404)
refuses(stripe.AuthenticationError, stripe.Refund.list, api_key="sk_test_wrong")

control("POST", f"stripe/{first.id}", {"act": "pay"})
paid = stripe.checkout.Session.retrieve(first.id, expand=["payment_intent.latest_charge"])
assert (paid.payment_status, paid.payment_intent.latest_charge.amount) == ("paid", 599)
refund = stripe.Refund.create(payment_intent=paid.payment_intent.id, amount=100)
assert (refund.status, refund.amount) == ("succeeded", 100)
refuses(stripe.InvalidRequestError, stripe.Refund.create, payment_intent=paid.payment_intent.id, amount=500)

keeping = {
    **ORDER,
    "customer_creation": "always",
    "payment_intent_data": {**ORDER["payment_intent_data"], "setup_future_usage": "off_session"},
}
kept = create(**keeping)
control("POST", f"stripe/{kept.id}", {"act": "pay"})
kept = stripe.checkout.Session.retrieve(kept.id, expand=["payment_intent"])
CHARGE = {
    "amount": 599,
    "currency": "usd",
    "customer": kept.customer,
    "payment_method": kept.payment_intent.payment_method,
    "off_session": True,
    "confirm": True,
}
charge = stripe.PaymentIntent.create
assert charge(**CHARGE, idempotency_key="py-c-1").id == charge(**CHARGE, idempotency_key="py-c-1").id
control("POST", f"stripe/{kept.id}", {"act": "charges_declined", "code": "expired_card"})
why = refuses(stripe.CardError, charge, **CHARGE, idempotency_key="py-c-2")
assert (why.code, why.http_status) == ("expired_card", 402)
stripe.PaymentMethod.detach(CHARGE["payment_method"])
refuses(stripe.InvalidRequestError, charge, **CHARGE)

intent = stripe.PaymentIntent.create(amount=299, currency="eur", payment_method_types=["card", "ideal"])
client = {"api_key": "pk_test_sandbox", "client_secret": intent.client_secret}
ideal = {"payment_method_data": {"type": "ideal"}, "return_url": "https://shop.example/"}
asks = stripe.PaymentIntent.confirm(intent.id, **client, **ideal)
assert (asks.status, asks.next_action.type) == ("requires_action", "redirect_to_url")
control("POST", f"stripe/{intent.id}", {"act": "authenticate"})
assert stripe.PaymentIntent.retrieve(intent.id, **client).status == "succeeded"
customer = stripe.Customer.create(email="anna@example.com")
page = stripe.billing_portal.Session.create(customer=customer.id, return_url="https://shop.example/")
control("POST", f"stripe/{page.id}", {"act": "add", "method": "sepa_debit"})
kept = stripe.Customer.list_payment_methods(customer.id)
assert [(one.type, one.sepa_debit.last4) for one in kept.data] == [("sepa_debit", "2602")]
control("POST", f"stripe/{page.id}", {"act": "remove"})
assert stripe.Customer.list_payment_methods(customer.id).data == []
