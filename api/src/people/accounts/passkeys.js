// The page of a person's passkeys: shows them, adds and removes; and asks for a proof where the last one is too old.
const find = (selector) => document.querySelector(selector);
const list = find("#list");
const add = find("#add");
const prove = find("#prove");
const answer = find("#answer");
const language = document.documentElement.lang;
// What waits for a proof.
let waiting;

async function send(method, path, body) {
  const headers = { "Accept-Language": language };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const told = response.status === 204 ? {} : await response.json();
  return { ok: response.ok, status: response.status, told };
}

// An access token ends after minutes: the session is renewed, once.
async function call(method, path, body) {
  const first = await send(method, path, body);
  if (first.status !== 401 || !["E201", "E202", "E203"].includes(first.told.code)) return first;
  const renewed = await send("POST", "/v1/auth/refresh");
  return renewed.ok ? send(method, path, body) : first;
}

// What is refused says why, and ends what was going on.
async function must(method, path, body) {
  const { ok, told } = await call(method, path, body);
  if (!ok) throw told;
  return told;
}

const date = (text) => new Date(text).toLocaleDateString(language);

function line(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function item(passkey) {
  const item = document.createElement("li");
  const about = document.createElement("span");
  about.textContent = `${passkey.name}. ${list.dataset.added}: ${date(passkey.created_at)}`;
  if (passkey.last_used_at) about.textContent += `. ${list.dataset.used}: ${date(passkey.last_used_at)}`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = list.dataset.remove;
  button.setAttribute("aria-label", `${list.dataset.remove}: ${passkey.name}`);
  button.addEventListener("click", () => run(() => remove(passkey.id)));
  item.append(about, button);
  return item;
}

async function show() {
  const { ok, status, told } = await call("GET", "/v1/auth/passkeys");
  if (status === 401) {
    find("#signed-out").hidden = false;
    return;
  }
  if (!ok) throw told;
  const own = told.passkeys.map(item);
  list.replaceChildren(...(own.length > 0 ? own : [line(list.dataset.none)]));
  // No browser has passkeys for an address of numbers.
  const isNamed = !/^[\d.]+$|^\[/.test(location.hostname);
  add.hidden = !(isNamed && window.PublicKeyCredential?.parseCreationOptionsFromJSON);
  if (add.hidden) answer.textContent = answer.dataset.unknown;
}

async function create(name) {
  const { public_key } = await must("POST", "/v1/auth/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key);
  const credential = await navigator.credentials.create({ publicKey });
  const made = await must("POST", "/v1/auth/passkeys", { name, credential: credential.toJSON() });
  add.reset();
  await show();
  answer.textContent = answer.dataset.added;
  if (!made.recovery_codes) return;
  find("#codes ul").replaceChildren(...made.recovery_codes.map(line));
  find("#codes").hidden = false;
}

async function remove(id) {
  await must("DELETE", `/v1/auth/passkeys/${id}`);
  await show();
  answer.textContent = answer.dataset.removed;
}

function ask(label, isAsked) {
  label.hidden = !isAsked;
  label.querySelector("input").disabled = !isAsked;
}

// Who has a second factor proves that, and else the password.
async function askForProof() {
  const own = await must("GET", "/v1/auth/2fa");
  const hasFactor = own.totp_since !== null || own.passkeys > 0;
  const hasCode = hasFactor && (own.totp_since !== null || own.recovery_codes > 0);
  ask(find("#password"), !hasFactor);
  ask(find("#second"), hasCode);
  find("#confirm").hidden = hasFactor && !hasCode;
  find("#passkey").hidden = own.passkeys === 0;
  prove.reset();
  prove.hidden = false;
  prove.querySelector("input:not(:disabled), #passkey:not([hidden])")?.focus();
}

function refused(why, act) {
  if (why?.code === "E221") {
    waiting = act;
    return askForProof();
  }
  // Of the API; what a browser says is not in the language of the page.
  const told = typeof why?.code === "string" ? why.message : undefined;
  const isKnown = why?.name === "InvalidStateError";
  answer.textContent = isKnown ? add.dataset.known : (told ?? answer.dataset.failed);
}

// One thing at a time.
async function run(act) {
  const buttons = [...document.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  answer.textContent = "";
  try {
    await act();
  } catch (why) {
    await Promise.resolve(refused(why, act)).catch(() => {
      answer.textContent = answer.dataset.failed;
    });
  }
  for (const button of buttons) button.disabled = false;
}

async function proved(body) {
  await must("POST", "/v1/auth/reauthenticate", body);
  prove.hidden = true;
  await waiting();
}

async function provedByPasskey() {
  const { public_key } = await must("POST", "/v1/auth/passkeys/prove/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key);
  const credential = await navigator.credentials.get({ publicKey });
  await proved({ passkey: credential.toJSON() });
}

// An app's code has six digits; a recovery code has more letters.
function shown({ password, code }) {
  if (password !== undefined) return { password };
  const isOfApp = /^\d{6}$/.test(code.replace(/\s/g, ""));
  return { [isOfApp ? "code" : "recovery_code"]: code };
}

add.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name } = Object.fromEntries(new FormData(add));
  run(() => create(name));
});

prove.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = shown(Object.fromEntries(new FormData(prove)));
  run(() => proved(body));
});

find("#passkey").addEventListener("click", () => run(provedByPasskey));

run(show);
