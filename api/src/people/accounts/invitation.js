// The page of an invitation: shows what it says, which changes nothing, and answers it for one who is signed in.
const form = document.querySelector("form");
const said = document.querySelector("#said");
const answer = document.querySelector("#answer");
const language = document.documentElement.lang;
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const path = `/v1/invitations/${encodeURIComponent(token)}`;

async function call(method, path) {
  const response = await fetch(path, { method, headers: { "Accept-Language": language } });
  const told = response.status === 204 ? {} : await response.json();
  return { ok: response.ok, told };
}

async function isSignedIn() {
  if ((await call("GET", "/v1/auth/session")).ok) return true;
  return (await call("POST", "/v1/auth/refresh")).ok;
}

async function show() {
  const { ok, told } = await call("GET", path);
  if (!ok) {
    said.textContent = told.message ?? said.dataset.failed;
    return;
  }
  const role = form.querySelector(`data[value="${told.role}"]`).textContent;
  const values = { organization: told.organization, role };
  said.textContent = said.dataset.sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  if (await isSignedIn()) {
    form.hidden = false;
    return;
  }
  for (const link of document.querySelectorAll("a[data-beside]")) {
    link.hash = `invitation=${encodeURIComponent(token)}`;
  }
  document.querySelector("#signed-out").hidden = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = event.submitter;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  answer.textContent = "";
  try {
    const { ok, told } = await call("POST", `${path}/${chosen.value}`);
    answer.textContent = ok ? chosen.dataset.done : (told.message ?? said.dataset.failed);
    form.hidden = ok;
  } catch {
    answer.textContent = said.dataset.failed;
  }
  for (const button of form.querySelectorAll("button")) button.disabled = false;
});

show().catch(() => {
  said.textContent = said.dataset.failed;
});
