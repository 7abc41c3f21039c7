"""PayPal's own SDK, unmodified but for where it calls, sells something in the sandbox; its events are verified by PyCA
cryptography, as PayPal documents it. Usage: play_paypal.py http://127.0.0.1:4010"""

import base64
import http.server
import json
import queue
import sys
import threading
import urllib.request
import zlib

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

SANDBOX = sys.argv[1]
PAYPAL = "https://api-m.sandbox.paypal.com"


class Here(requests.adapters.HTTPAdapter):
    """The SDK knows PayPal's two addresses alone."""

    def send(self, request, **more):
        request.url = request.url.replace(PAYPAL, SANDBOX + "/paypal")
        return super().send(request, **more)


def asked(method, path, body):
    call = urllib.request.Request(SANDBOX + path, json.dumps(body).encode(), {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(call) as answer:
        return json.load(answer)


def shop():
    """A server that keeps what it is told: its address, and the calls."""
    calls = queue.Queue()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            calls.put((self.headers, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/hook", calls


def verified(calls, kind):
    headers, body = calls.get(timeout=10)
    with urllib.request.urlopen(headers["PAYPAL-CERT-URL"]) as answer:
        key = x509.load_pem_x509_certificate(answer.read()).public_key()
    text = "|".join([headers["PAYPAL-TRANSMISSION-ID"], headers["PAYPAL-TRANSMISSION-TIME"], "SANDBOXHOOK", str(zlib.crc32(body))])
    signature = base64.b64decode(headers["PAYPAL-TRANSMISSION-SIG"])
    key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    event = json.loads(body)
    assert event["event_type"] == kind, event


def main():
    session = requests.Session()
    session.mount("https://", Here())
    credentials = ClientCredentialsAuthCredentials(o_auth_client_id="sandbox-app", o_auth_client_secret="sandbox-app-secret")
    client = PaypalServersdkClient(
        client_credentials_auth_credentials=credentials, http_client_instance=session, override_http_client_configuration=True
    )
    hook, calls = shop()
    asked("PUT", "/control/paypal/webhook", {"url": hook})
    unit = PurchaseUnitRequest(amount=AmountWithBreakdown(currency_code="EUR", value="5.00"), custom_id="o-1")
    body = OrderRequest(intent=CheckoutPaymentIntent.CAPTURE, purchase_units=[unit])
    made = {"body": body, "prefer": "return=representation", "paypal_request_id": "k-1"}
    order = client.orders.create_order(made).body
    assert client.orders.create_order(made).body.id == order.id
    try:
        client.orders.capture_order({"id": order.id})
        raise AssertionError("an order that was not approved was taken")
    except ErrorException as refused:
        assert refused.details[0].issue == "ORDER_NOT_APPROVED", refused.details
    asked("POST", f"/control/paypal/{order.id}", {"act": "approve"})
    verified(calls, "CHECKOUT.ORDER.APPROVED")
    # No body, as the SDK does it.
    taken = client.orders.capture_order({"id": order.id, "prefer": "return=representation"}).body
    verified(calls, "PAYMENT.CAPTURE.COMPLETED")
    capture = taken.purchase_units[0].payments.captures[0]
    assert (taken.status, capture.amount.value) == ("COMPLETED", "5.00"), taken
    part = RefundRequest(amount=Money(currency_code="EUR", value="2.00"))
    for key, so_far in [("r-1", "2.00"), ("r-1", "2.00"), ("r-2", "4.00")]:
        asking = {"capture_id": capture.id, "paypal_request_id": key, "body": part, "prefer": "return=representation"}
        back = client.payments.refund_captured_payment(asking).body
        assert back.seller_payable_breakdown.total_refunded_amount.value == so_far, back
    verified(calls, "PAYMENT.CAPTURE.REFUNDED")
    verified(calls, "PAYMENT.CAPTURE.REFUNDED")
    shown = client.orders.get_order({"id": order.id}).body
    assert shown.purchase_units[0].payments.captures[0].status == "PARTIALLY_REFUNDED", shown
    assert client.payments.get_captured_payment({"capture_id": capture.id}).body.id == capture.id


main()
