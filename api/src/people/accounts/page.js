// A page of a letter's link: the button sends what stands behind the "#", which the browser sent nowhere. Who signs in to
// answer an invitation goes back to it.
const form = document.querySelector("form");
const answer = document.querySelector("#answer");
const language = document.documentElement.lang;
const behind = new URLSearchParams(location.hash.slice(1));
const secret = behind.get("token");
const invitation = behind.get("invitation");
// Of a sign-in that waits for a second factor.
let waiting;

for (const link of document.querySelectorAll("a[data-beside]")) {
  if (invitation) link.hash = location.hash;
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

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  answer.textContent = "";
  let body = Object.fromEntries(new FormData(form));
  if ("secret" in form.dataset) body.token = secret ?? "";
  if (waiting) body = secondStep(body);
  try {
    const response = await fetch(waiting ? form.dataset.then : form.dataset.calls, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify(body),
    });
    const told = response.status === 204 ? {} : await response.json();
    if (told.mfa_required) {
      askForCode(told.mfa_token);
    } else if (response.ok) {
      if (invitation && response.status !== 202) {
        location.assign(`invitation?lang=${language}#token=${encodeURIComponent(invitation)}`);
        return;
      }
      form.hidden = true;
      history.replaceState(null, "", location.pathname + location.search);
      answer.textContent = answer.dataset.done;
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
