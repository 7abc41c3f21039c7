"use strict";
// The drawer of the chat page that breaks things: the fault plan, the log of calls, the reset.

// ---- faults ---------------------------------------------------------------------------------
// Every service of the plan is shown; one that is not here by its bare name.
const LABELS = {
  ai: ["AI", "readings"], telegram: ["Telegram", "calls from the bot"],
  webhook: ["Webhook", "updates to the bot"], s3: ["S3", "photos in store"], bank: ["Bank", "payments in roubles"],
  paypal: ["PayPal", "payments in euros"],
};
const SWITCHES = [
  ["down", "Down", true], ["hang", "Hangs", true], ["rate_limit", "429", { retry_after: 5 }],
  ["reorder", "Reordered", true, "webhook"],
];
const SLIDES = [
  ["error_rate", "Errors", 1, 0.05, (v) => `${Math.round(v * 100)} %`],
  ["lost_reply_rate", "Lost replies", 1, 0.05, (v) => `${Math.round(v * 100)} %`],
  ["duplicate_rate", "Duplicates", 1, 0.05, (v) => `${Math.round(v * 100)} %`, "webhook"],
  ["latency_ms", "Latency", 10000, 100, (v) => `${(v / 1000).toFixed(1)} s`],
];
const set = guarded(async (service, key, value) => {
  drawFaults(await call("PATCH", "/control/faults", { [service]: { [key]: value || null } }));
});
function slide(service, rule, [key, label, max, step, words, only]) {
  if (only && only !== service) return null;
  const line = make("label", "slide");
  const input = make("input");
  Object.assign(input, { type: "range", min: 0, max, step, value: rule[key] || 0 });
  const shown = make("output", "", words(Number(input.value)));
  input.oninput = () => { shown.textContent = words(Number(input.value)); };
  input.onchange = () => set(service, key, Number(input.value));
  line.append(make("span", "", label), input, shown);
  return line;
}
function drawFaults(plan) {
  let any = false;
  const services = Object.keys(plan).filter((name) => name !== "seed");
  $("fault-list").replaceChildren(...services.map((service) => {
    const rule = plan[service];
    const [title, what] = LABELS[service] || [service, "calls"];
    const hot = Object.keys(rule).length > 0;
    any ||= hot;
    const box = make("div", `service${hot ? " hot" : ""}`);
    const head = make("header", "", title);
    head.append(make("small", "", rule.methods ? `${what}; per method: ${Object.keys(rule.methods).join(", ")}` : what));
    const switches = make("div", "switches");
    for (const [key, label, value, only] of SWITCHES) {
      if (only && only !== service) continue;
      const button = make("button", rule[key] ? "on" : "", label);
      button.onclick = () => set(service, key, rule[key] ? null : value);
      switches.append(button);
    }
    box.append(head, switches, ...SLIDES.map((one) => slide(service, rule, one)).filter(Boolean));
    return box;
  }));
  $("faults-dot").hidden = !any;
}
const drawCalls = guarded(async () => {
  const { counts, calls } = await call("GET", "/control/calls");
  const total = make("div");
  total.append(make("b", "", "Total"), make("span", "", Object.entries(counts).map(([s, n]) => `${s} ${n}`).join(" · ") || "none yet"));
  $("calls").replaceChildren(total, ...calls.slice(-12).reverse().map((c) => {
    const line = make("div", c.status >= 400 || !c.status ? "bad" : "");
    line.append(make("span", "", c.service), make("span", "", c.method), make("span", "", `${c.status || c.fault || "cut"} · ${c.duration_ms} ms`));
    return line;
  }));
});
const loadFaults = guarded(async () => drawFaults(await call("GET", "/control/faults")));
$("open-faults").onclick = async () => {
  await loadFaults();
  await drawCalls();
  $("faults").showModal();
  const timer = setInterval(drawCalls, 2000);
  $("faults").onclose = () => clearInterval(timer);
};
$("close-faults").onclick = () => $("faults").close();
$("faults").onclick = (event) => { if (event.target === $("faults")) $("faults").close(); };
$("faults-off").onclick = guarded(async () => drawFaults(await call("DELETE", "/control/faults")));
$("reset").onclick = guarded(async () => {
  await call("POST", "/control/reset");
  await loadFaults();
  await drawCalls();
});

// ---- the Mini App -----------------------------------------------------------------------------
// Versions that an old Telegram speaks; the first is the newest.
const VERSIONS = ["", "8.0", "7.0", "6.9", "6.1", "6.0"];
function fillSelect(select, values, chosen, label) {
  select.append(...values.map((value) => new Option(label(value), value, false, value === chosen)));
}
fillSelect($("app-version"), VERSIONS, askedVersion(), (version) => version || "newest");
fillSelect($("theme"), THEMES, chosenTheme, (name) => name);
$("app-version").onchange = () => { asked.delete("version"); localStorage.setItem("app-version", $("app-version").value); };
$("theme").onchange = () => chooseTheme($("theme").value);
loadFaults();
