"""Calls each path of the API with hostile strings: what schemathesis, which makes strings by a schema, does not
send. Called by fuzz-api.sh; standard library alone.

    hostile.py <url of the API> <file with headers as JSON>

Every answer must be of this API: no 5xx, and a refusal has a code. A path is the same, however its letters are
encoded.
"""
import http.client
import json
import sys
import urllib.parse

# As they stand in a path or a query, and as text in JSON.
ENCODED = ["%00", "%0d%0aX:1", "%ff", "%c0%80", "%ed%a0%80", "%e2%80%ae", "%2e%2e%2f", "%25%30%30", "%F0%9F%98%80" * 50]
NUMBERS = ["9223372036854775807", "18446744073709551616", "-1", "1e999", "NaN", "0x10", "9" * 400]
TEXTS = ["\0", "\ud800", "\u202egnp.exe", "a" * 20_000, "\ufeff", "1\r\nX: 1", "'; --", "{{7*7}}"]
JSONS = ['["x"]', '{"a":' * 2_000, "[" * 5_000, '{"a":1e400}', "nul", "\ufeff{}", '{"a":"\\ud800"}', '{"a":"\\u0000"}']


def call(address, method, path, headers, body=None):
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read(1_000_000)
    finally:
        connection.close()


def encoded(path):
    """Each letter of a path percent-encoded, one after the other."""
    for at, letter in enumerate(path):
        if letter.isalpha():
            yield f"{path[:at]}%{ord(letter):02x}{path[at + 1:]}"


def cases(method, path, operation):
    parameters = [one for one in operation.get("parameters", []) if "name" in one]
    plain = path
    for one in parameters:
        plain = plain.replace("{%s}" % one["name"], "00000000-0000-7000-8000-000000000000")
    for text in ENCODED + [urllib.parse.quote(text, errors="surrogatepass") for text in NUMBERS]:
        if "{" in path:
            head, _, tail = path.partition("{")
            yield method, head + text + tail.partition("}")[2].replace("{", "").replace("}", ""), None
        yield method, f"{plain}/{text}", None
        for one in parameters:
            if one["in"] == "query":
                yield method, f"{plain}?{one['name']}={text}", None
                yield method, f"{plain}?{one['name']}={text}&{one['name']}=1", None
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        for body in JSONS + [json.dumps({"first_name": text, "text": text, "confirmation_code": text}) for text in TEXTS]:
            yield method, plain, body.encode("utf-8", "surrogatepass")


def wrong(status, body):
    if status >= 500:
        return f"{status}: {body[:200]!r}"
    # What cannot be read as HTTP is refused by the server itself, without a body.
    if status >= 400 and body and b'"code"' not in body:
        return f"{status} without a code: {body[:200]!r}"
    return None


def main():
    url, file = sys.argv[1:]
    address = urllib.parse.urlsplit(url).netloc
    headers = json.load(open(file, encoding="utf-8"))
    described = json.loads(call(address, "GET", "/openapi.json", {})[1])
    faults, count = [], 0
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            method = method.upper()
            for case in cases(method, path, operation):
                count += 1
                why = wrong(*call(address, case[0], case[1], headers, case[2]))
                if why:
                    faults.append(f"{case[0]} {case[1][:120]} {(case[2] or b'')[:80]!r}: {why}")
            if method == "GET" and "{" not in path and not path.endswith("/events"):
                expected, _ = call(address, method, path, headers)
                for other in encoded(path):
                    count += 1
                    status, _ = call(address, method, other, headers)
                    if status != expected:
                        faults.append(f"{method} {other}: {status}, and {expected} as it is described")
    print(f"{count} hostile requests, {len(faults)} faults")
    print("\n".join(faults))
    sys.exit(bool(faults))


main()
