"""The client `cloudpayments` (Python), unmodified, opens a page, finds what was paid, gives it back, and charges a token.

    play_cloudpayments.py <address of the sandbox>
"""

import datetime
import decimal
import json
import sys
import urllib.request

from cloudpayments import CloudPayments, CloudPaymentsError, Currency

HERE = sys.argv[1]


def control(method, path, fields):
    address = f"{HERE}/control/cloudpayments{path}"
    body = json.dumps(fields).encode()
    request = urllib.request.Request(address, body, {"content-type": "application/json"}, method=method)
    urllib.request.urlopen(request).close()


def acts(order, **act):
    control("POST", f"/{order.id}", act)


def refused(call, *arguments):
    try:
        call(*arguments)
    except CloudPaymentsError as why:
        return str(why)
    raise AssertionError("it was not refused")


def main():
    client = CloudPayments("pk_sandbox", "sandbox-api-secret")
    client.URL = f"{HERE}/cloudpayments/"
    assert client.test()
    order = client.create_order(299, Currency.RUB, "BASIC", invoice_id="o-1")
    assert order.url.endswith(order.id) and order.amount == 299, order
    refused(client.find_payment, "o-1")
    acts(order, act="pay")
    paid = client.find_payment("o-1")
    assert (paid.status, paid.amount, paid.invoice_id) == ("Completed", decimal.Decimal(299), "o-1"), paid
    assert client.get_transaction(paid.id).id == paid.id
    first = client.refund(paid.id, 100, request_id="r-1")
    assert client.refund(paid.id, 100, request_id="r-1") == first
    refused(client.refund, paid.id, 200)
    client.refund(paid.id, 199)
    held = client.create_order(1, Currency.EUR, "x", invoice_id="o-2", require_confirmation=True)
    acts(held, act="pay")
    client.void_payment(client.find_payment("o-2").id)
    assert client.find_payment("o-2").status == "Cancelled"
    kept = client.create_order(299, Currency.RUB, "BASIC", invoice_id="o-3", account_id="anna")
    acts(kept, act="pay")
    token = client.find_payment("o-3").token
    again = client.charge_token(token, "anna", 299, Currency.RUB, invoice_id="o-4")
    assert (again.status, client.find_payment("o-4").id) == ("Completed", again.id), again
    refused(client.charge_token, token, "boris", 299, Currency.RUB)
    control("PUT", "", {"charges": "refuse", "reason_code": 5054})
    assert "ExpiredCard" in refused(client.charge_token, token, "anna", 299, Currency.RUB, None, "o-5")
    listed = list(client.list_payments(datetime.datetime.now(datetime.timezone.utc).date()))
    assert len(listed) == 7, listed


main()
