"""The client `cloudpayments` (Python), unmodified, opens a page, finds what was paid, and gives it back.

    play_cloudpayments.py <address of the sandbox>
"""

import datetime
import decimal
import json
import sys
import urllib.request

from cloudpayments import CloudPayments, CloudPaymentsError, Currency

HERE = sys.argv[1]


def acts(order, **act):
    request = urllib.request.Request(
        f"{HERE}/control/cloudpayments/{order.id}",
        json.dumps(act).encode(),
        {"content-type": "application/json"},
    )
    urllib.request.urlopen(request).close()


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
    listed = list(client.list_payments(datetime.datetime.now(datetime.timezone.utc).date()))
    assert len(listed) == 4, listed


main()
