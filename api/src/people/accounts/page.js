// A page of a letter's link: the button sends what stands behind the "#", which the browser sent nowhere. Who signs in to
// answer an invitation goes back to it.
const form = document.querySelector("form");
const answer = document.querySelector("#answer");
const passkey = document.querySelector("#passkey");
const language = document.documentElement.lang;
const behind = new URLSearchParams(location.hash.slice(1));
const secret = behind.get("token");
const invitation = behind.get("invitation");
// Of a sign-in that waits for a second factor.
let waiting;

for (const link of document.querySelectorAll("a[data-beside]")) {
  if (invitation) link.hash = location.hash;
}

function post(path, body) {
  const headers = { "Content-Type": "application/json", "Accept-Language": language };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
}

// What is asked for gives way to the code.
function askForCode(token) {
  waiting = token;
  for (const label of form.querySelectorAll("label")) {
    const isCode = label.id === "second";
    label.hidden = !isCode;
    label.querySelector("input").disabled = !isCode;
  }
  form.querySelector("#second input").focus();
}

// An app's code has six digits; a recovery code has more letters.
function secondStep({ code }) {
  const isOfApp = /^\d{6}$/.test(code.replace(/\s/g, ""));
  return { mfa_token: waiting, [isOfApp ? "code" : "recovery_code"]: code };
}

function finish(response) {
  if (invitation && response.status !== 202) {
    location.assign(`invitation?lang=${language}#token=${encodeURIComponent(invitation)}`);
    return;
  }
  form.hidden = true;
  if (passkey) {
    passkey.hidden = true;
    document.querySelector("#account").hidden = false;
  }
  history.replaceState(null, "", location.pathname + location.search);
  answer.textContent = answer.dataset.done;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  answer.textContent = "";
  let body = Object.fromEntries(new FormData(form));
  if ("secret" in form.dataset) body.token = secret ?? "";
  if (waiting) body = secondStep(body);
  try {
    const response = await post(waiting ? form.dataset.then : form.dataset.calls, body);
    const told = response.status === 204 ? {} : await response.json();
    if (told.mfa_required) {
      askForCode(told.mfa_token);
    } else if (response.ok) {
      finish(response);
      return;
    } else {
      answer.textContent = told.message ?? form.dataset.failed;
      // It has waited for too long: from the beginning.
      if (waiting && told.code === "E203") location.reload();
    }
  } catch {
    answer.textContent = form.dataset.failed;
  }
  button.disabled = false;
});

// No browser has passkeys for an address of numbers.
const isNamed = !/^[\d.]+$|^\[/.test(location.hostname);
if (passkey && isNamed && window.PublicKeyCredential?.parseRequestOptionsFromJSON) passkey.hidden = false;

async function signInByPasskey() {
  const asked = await (await post("/v1/auth/passkeys/signin/options")).json();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.public_key);
  const credential = await navigator.credentials.get({ publicKey });
  return post("/v1/auth/passkeys/signin?cookies=1", { passkey: credential.toJSON() });
}

passkey?.addEventListener("click", async () => {
  passkey.disabled = true;
  answer.textContent = "";
  try {
    const response = await signInByPasskey();
    if (response.ok) finish(response);
    else answer.textContent = (await response.json()).message ?? form.dataset.failed;
  } catch {
    answer.textContent = form.dataset.failed;
  }
  passkey.disabled = false;
});
