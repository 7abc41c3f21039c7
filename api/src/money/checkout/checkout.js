// The checkout: plans and ways to pay as the API lists them; a button makes the order and goes to the gateway's page.
const said = document.querySelector("#said");
const language = document.documentElement.lang;
const asked = new URLSearchParams(location.search);
const wanted = asked.get("tier");
// The organization that is paid for; without it the person pays for themselves.
const account = asked.get("account");

async function call(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: {
      "Accept-Language": language,
      ...(account && { "X-Account-Id": account }),
      ...(body && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  const told = response.status === 204 ? {} : await response.json();
  return { status: response.status, ok: response.ok, told };
}

function money(amount, currency) {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(amount);
}

// What a plan costs, in each money that a provider takes.
function offers(plan, providers) {
  const prices = [...plan.prices];
  if (plan.price_rub) prices.unshift({ currency: "RUB", amount: plan.price_rub });
  const all = [];
  for (const { provider, currencies } of providers) {
    for (const { currency, amount } of prices) {
      if (currencies.includes(currency)) all.push({ provider, currency, amount });
    }
  }
  return all;
}

function name(provider) {
  return document.querySelector(`data[value="${provider}"]`).textContent;
}

async function buy(order, key) {
  const headers = { "Idempotency-Key": key };
  const path = "/v1/subscriptions/purchase";
  const first = await call("POST", path, order, headers);
  if (first.status !== 401 || !(await call("POST", "/v1/auth/refresh")).ok) return first;
  return call("POST", path, order, headers);
}

function button(plan, offer) {
  const pressed = document.createElement("button");
  // The same order, however often it is pressed.
  const key = crypto.randomUUID();
  pressed.textContent = `${name(offer.provider)} · ${money(offer.amount, offer.currency)}`;
  pressed.addEventListener("click", async () => {
    pressed.disabled = true;
    said.textContent = "";
    try {
      const order = { tier: plan.tier, provider: offer.provider, currency: offer.currency };
      const { status, ok, told } = await buy(order, key);
      if (ok) {
        location.assign(told.payment_url);
        return;
      }
      document.querySelector("#signed-out").hidden = status !== 401;
      said.textContent = told.message ?? said.dataset.failed;
    } catch {
      said.textContent = said.dataset.failed;
    }
    pressed.disabled = false;
  });
  return pressed;
}

function section(plan, all) {
  const shown = document.querySelector("#plan").content.cloneNode(true);
  const gives = shown.querySelector("p");
  const day = plan.daily_analyses_limit;
  shown.querySelector("h2").textContent = plan.tier[0] + plan.tier.slice(1).toLowerCase();
  gives.textContent = day === null ? gives.dataset.noLimit : gives.dataset.readings.replace("{day}", day);
  shown.querySelector("section").append(...all.map((offer) => button(plan, offer)));
  return shown;
}

async function show() {
  const { told } = await call("GET", "/v1/plans");
  const place = document.querySelector("#plans");
  for (const plan of told.plans) {
    const all = offers(plan, told.providers);
    if (all.length > 0 && (wanted === null || plan.tier === wanted)) place.append(section(plan, all));
  }
  if (place.children.length === 0) said.textContent = said.dataset.none;
}

show().catch(() => {
  said.textContent = said.dataset.failed;
});
