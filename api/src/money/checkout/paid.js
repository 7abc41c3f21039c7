// Where a gateway sends people back to. That proves nothing: what became of the payment, the API says.
const said = document.querySelector("#said");
const language = document.documentElement.lang;
const query = new URLSearchParams(location.search);
const payment = query.get("payment") ?? "";
// The organization that has paid.
const account = query.get("account");

async function call(method, path, headers = {}) {
  const whose = account && { "X-Account-Id": account };
  const response = await fetch(path, { method, headers: { "Accept-Language": language, ...whose, ...headers } });
  const told = response.status === 204 ? {} : await response.json();
  return { status: response.status, ok: response.ok, told };
}

async function asked() {
  const path = `/v1/payments/${encodeURIComponent(payment)}`;
  const first = await call("GET", path, { Prefer: "wait=20" });
  if (first.status !== 401 || !(await call("POST", "/v1/auth/refresh")).ok) return first;
  return call("GET", path, { Prefer: "wait=20" });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function show() {
  for (;;) {
    const { status, ok, told } = await asked();
    if (status === 401) {
      said.textContent = "";
      document.querySelector("#signed-out").hidden = false;
      return;
    }
    if (status === 404) {
      said.textContent = said.dataset.lost;
      return;
    }
    if (ok && told.status !== "pending") {
      const why = told.error?.message ?? "";
      const ended = told.status === "canceled" ? "failed" : told.status;
      said.textContent = `${said.dataset[ended]} ${why}`;
      document.querySelector("#again").hidden = told.status === "succeeded";
      return;
    }
    await pause(ok ? 1000 : 5000);
  }
}

show().catch(() => {
  said.textContent = said.dataset.waiting;
});
