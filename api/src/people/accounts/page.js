// A page of a letter's link: the button sends what stands behind the "#", which the browser sent nowhere.
const form = document.querySelector("form");
const answer = document.querySelector("#answer");
const language = document.documentElement.lang;
const secret = new URLSearchParams(location.hash.slice(1)).get("token");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  answer.textContent = "";
  const body = Object.fromEntries(new FormData(form));
  if ("secret" in form.dataset) body.token = secret ?? "";
  try {
    const response = await fetch(form.dataset.calls, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify(body),
    });
    if (response.ok) {
      form.hidden = true;
      history.replaceState(null, "", location.pathname + location.search);
      answer.textContent = answer.dataset.done;
      return;
    }
    const told = await response.json();
    answer.textContent = told.message ?? form.dataset.failed;
  } catch {
    answer.textContent = form.dataset.failed;
  }
  button.disabled = false;
});
