"use strict";
// The chat page: shows one person's chat with the bot and acts as that person.
// Everything comes from /control; the server sends HTML made of its own safe tags only.

const $ = (id) => document.getElementById(id);
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const remembered = (() => {
  try { return JSON.parse(localStorage.getItem("person")) || {}; } catch { return {}; }
})();
const asked = new URLSearchParams(location.search);
const person = {
  id: Number(asked.get("user")) || remembered.id || 1001,
  first_name: asked.get("name") || remembered.first_name || "Anna",
  language_code: asked.get("language") || remembered.language_code || "en",
};
let messages = [];
let commands = [];
let bot = null;
let replyTo = null;
let typingTimer = 0;
let draftTimer = 0;
let stream = null;
let online = false;

const base = () => `/control/users/${person.id}`;
async function call(method, url, body) {
  const form = body instanceof FormData;
  const response = await fetch(url, {
    method,
    headers: body && !form ? { "content-type": "application/json" } : undefined,
    body: form ? body : body && JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `HTTP ${response.status}`);
  return answer;
}
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").hidden = true; }, 3500);
}
const guarded = (work) => async (...args) => {
  try { return await work(...args); } catch (error) { toast(error.message); }
};

// ---- messages -------------------------------------------------------------------------------
const clock = (date) => new Date(date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const day = (date) => new Date(date * 1000).toLocaleDateString([], { day: "numeric", month: "long" });
const brief = (m) => m.text || m.caption || (m.photo_url ? "Photo" : m.document?.file_name || "");
const size = (n) => (n > 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${Math.ceil(n / 1000)} KB`);

function bubble(m) {
  const node = make("div", "bubble");
  if (m.reply_to_message_id) {
    const original = messages.find((other) => other.message_id === m.reply_to_message_id);
    const quote = make("div", "quote");
    const name = original?.sender === "user" ? person.first_name : botName();
    quote.append(make("b", "", name), make("span", "", original ? brief(original) : "Deleted message"));
    quote.onclick = () => show(m.reply_to_message_id);
    node.append(quote);
  }
  if (m.photo_url) {
    node.classList.add("media");
    if (!m.html) node.classList.add("bare");
    const image = make("img", "photo");
    image.src = m.photo_url;
    image.alt = m.caption || "Photo";
    image.width = m.photo_width;
    image.height = m.photo_height;
    image.style.height = "auto";
    image.onclick = () => window.open(m.photo_url, "_blank");
    node.append(image);
  }
  if (m.document) {
    const link = make("a", "file");
    link.href = m.document.url;
    link.download = m.document.file_name || "file";
    const label = make("span");
    label.append(make("b", "", m.document.file_name || "file"), make("small", "", size(m.document.file_size)));
    link.append(label);
    node.append(link);
  }
  const body = make("div", "body");
  if (m.html) body.innerHTML = m.html;
  body.querySelectorAll(".spoiler").forEach((s) => { s.onclick = () => s.classList.add("shown"); });
  body.append(make("span", "meta", `${m.edited ? "edited " : ""}${clock(m.date)}`));
  node.append(body);
  node.ondblclick = () => quote(m);
  return node;
}
function keyboard(m) {
  const keys = make("div", "keys");
  for (const row of m.buttons || []) {
    const line = make("div");
    for (const button of row) {
      const key = make("button", "", button.text);
      if (button.url || button.web_app) key.dataset.out = "";
      key.onclick = guarded(() => tap(m, button, key));
      line.append(key);
    }
    keys.append(line);
  }
  return keys;
}
async function tap(m, button, key) {
  if (button.url) return void window.open(button.url, "_blank", "noopener");
  if (button.web_app) return openApp(button.web_app.url);
  if (button.copy_text) return navigator.clipboard.writeText(button.copy_text.text);
  if (!button.callback_data) return toast("The sandbox cannot press this kind of button yet");
  key.classList.add("waiting");
  setTimeout(() => key.classList.remove("waiting"), 5000);
  await call("POST", `${base()}/callbacks`, { message_id: m.message_id, data: button.callback_data });
}
async function openApp(url) {
  const { init_data } = await call("GET", `${base()}/init-data`);
  const data = new URLSearchParams({ tgWebAppData: init_data, tgWebAppVersion: "9.0", tgWebAppPlatform: "web" });
  window.open(`${url}#${data}`, "_blank");
}
function row(m, before) {
  const node = make("div", `row ${m.sender}`);
  if (before && before.sender === m.sender && m.date - before.date < 300) node.classList.add("again");
  node.dataset.id = m.message_id;
  node.append(bubble(m));
  if ((m.buttons || []).length) node.append(keyboard(m));
  return node;
}
const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 120;
const toEnd = () => { $("log").scrollTop = $("log").scrollHeight; };
function render() {
  const list = [];
  let before = null;
  for (const m of messages) {
    if (!before || day(before.date) !== day(m.date)) {
      const line = make("div", "day");
      line.append(make("span", "", day(m.date)));
      list.push(line);
    }
    list.push(row(m, before));
    before = m;
  }
  $("messages").replaceChildren(...list);
  $("empty").hidden = messages.length > 0;
}
function put(m) {
  const follow = atEnd() || m.sender === "user";
  const at = messages.findIndex((other) => other.message_id === m.message_id);
  if (at >= 0) {
    messages[at] = m;
    document.querySelector(`[data-id="${m.message_id}"]`)?.replaceWith(row(m, messages[at - 1]));
  } else {
    const before = messages.at(-1);
    messages.push(m);
    if (!before || day(before.date) !== day(m.date)) render();
    else $("messages").append(row(m, before));
    $("empty").hidden = true;
    if (m.sender === "bot") { typing(false); draft(null); }
  }
  if (follow) {
    toEnd();
    // A long answer is read from its beginning.
    const node = document.querySelector(`[data-id="${m.message_id}"]`);
    if (m.sender === "bot" && node.offsetHeight > $("log").clientHeight) node.scrollIntoView();
    document.querySelector(`[data-id="${m.message_id}"] img`)?.addEventListener("load", toEnd);
  }
}
function show(id) {
  const node = document.querySelector(`[data-id="${id}"]`);
  node?.scrollIntoView({ block: "center", behavior: "smooth" });
  node?.classList.add("flash");
  setTimeout(() => node?.classList.remove("flash"), 1300);
}
function quote(m) {
  replyTo = m && m.message_id;
  $("quoting").hidden = !m;
  if (m) { $("quoting-text").textContent = brief(m); $("text").focus(); }
}
function typing(on) {
  clearTimeout(typingTimer);
  const follow = atEnd();
  $("typing").hidden = !on;
  if (on) typingTimer = setTimeout(() => typing(false), 5000);
  if (on && follow) toEnd();
  status();
}
// What the bot is still writing: shown for half a minute after its last change, or until a message comes.
function draft(now) {
  clearTimeout(draftTimer);
  const follow = atEnd();
  $("draft").hidden = !now;
  if (now) {
    $("draft-body").innerHTML = now.html || "Thinking…";
    draftTimer = setTimeout(() => draft(null), Math.max(0, now.at_ms + 30000 - Date.now()));
    typing(false);
    if (follow) toEnd();
  }
  status();
}
function status() {
  const busy = !$("typing").hidden || !$("draft").hidden;
  $("status").textContent = !online ? "the sandbox does not answer, trying again…"
    : busy ? "typing…" : bot ? (bot.webhook_url ? "bot, online" : "bot, without a webhook") : "waiting for a bot";
  $("status").className = `status ${online ? (busy || bot ? "on" : "") : "off"}`;
}

// ---- the bot and the stream -----------------------------------------------------------------
const botName = () => (bot ? bot.name : "No bot yet");
async function refresh() {
  const [{ bots }, chat, { drafts }] = await Promise.all([
    call("GET", "/control/bots"), call("GET", `${base()}/messages`), call("GET", `${base()}/drafts`),
  ]);
  bot = bots.find((b) => b.default) || null;
  commands = Array.isArray(bot?.commands) ? bot.commands : [];
  $("bot-name").textContent = bot ? botName() : botName();
  $("banner").hidden = !!bot;
  $("banner").textContent = "No bot has connected yet. What you write is kept and delivered once one does.";
  messages = chat.messages;
  render();
  draft(drafts.find((one) => one.shown) || null);
  toEnd();
  document.querySelectorAll("#messages img").forEach((image) => image.addEventListener("load", toEnd));
  status();
}
function connect() {
  stream?.close();
  stream = new EventSource(`${base()}/events`);
  const on = (kind, work) => stream.addEventListener(kind, (event) => work(JSON.parse(event.data)));
  stream.onerror = () => { online = false; status(); };
  const again = guarded(async () => { online = true; await refresh(); });
  on("hello", again);
  on("bot", again);
  on("reset", again);
  on("message", put);
  on("edit", put);
  on("delete", ({ message_id }) => { messages = messages.filter((m) => m.message_id !== message_id); render(); });
  on("draft", draft);
  on("typing", () => typing(true));
  on("notice", ({ text, show_alert }) => {
    document.querySelectorAll(".waiting").forEach((key) => key.classList.remove("waiting"));
    if (!text) return;
    if (!show_alert) return toast(text);
    $("alert-text").textContent = text;
    $("alert").showModal();
  });
}

// ---- writing --------------------------------------------------------------------------------
const identity = () => ({ first_name: person.first_name, language_code: person.language_code, consent: "ask" });
const write = guarded(async (text) => {
  const body = { text, ...identity() };
  if (replyTo) body.reply_to_message_id = replyTo;
  quote(null);
  await call("POST", `${base()}/messages`, body);
});
const sendFile = guarded(async (file, caption, field = "photo") => {
  const form = new FormData();
  form.append(field, file, file.name || "photo.png");
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to_message_id", replyTo);
  Object.entries(identity()).forEach(([key, value]) => form.append(key, value));
  quote(null);
  await call("POST", `${base()}/messages`, form);
});
function preview(file) {
  if (!file) return;
  const picture = file.type.startsWith("image/");
  const url = picture ? URL.createObjectURL(file) : "";
  $("preview-image").hidden = !picture;
  $("preview-image").src = url;
  $("as-document").checked = !picture;
  $("caption").value = $("text").value;
  $("preview").returnValue = "";
  $("preview").showModal();
  $("caption").focus();
  $("preview").onclose = () => {
    URL.revokeObjectURL(url);
    if ($("preview").returnValue !== "yes") return;
    $("text").value = "";
    grow();
    sendFile(file, $("caption").value.trim(), $("as-document").checked ? "document" : "photo");
  };
}
const sample = guarded(async () => {
  const blob = await (await fetch("/sample.png")).blob();
  await sendFile(new File([blob], "coffee-cup.png", { type: "image/png" }));
});
function grow() {
  const area = $("text");
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
  const typed = area.value;
  const fitting = typed.startsWith("/") ? commands.filter((c) => `/${c.command}`.startsWith(typed)) : [];
  $("commands").hidden = !fitting.length;
  $("commands").replaceChildren(...fitting.map((c) => {
    const line = make("button");
    line.append(make("b", "", `/${c.command}`), make("span", "", c.description));
    line.onclick = () => { area.value = ""; grow(); write(`/${c.command}`); };
    return line;
  }));
}
$("composer").onsubmit = (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  grow();
  write(text);
};
$("text").oninput = grow;
$("text").onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
};
$("start").onclick = () => write("/start");
$("quoting-off").onclick = () => quote(null);
$("attach").onclick = () => $("file").click();
$("file").onchange = () => { preview($("file").files[0]); $("file").value = ""; };
document.querySelectorAll("[data-sample]").forEach((button) => { button.onclick = sample; });
$("log").onscroll = () => { $("down").hidden = atEnd(); };
$("down").onclick = toEnd;
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files || [])][0];
  if (file) { event.preventDefault(); preview(file); }
});
let drags = 0;
const dragging = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragenter", (event) => { if (dragging(event)) { drags += 1; $("drop").hidden = false; } });
document.addEventListener("dragleave", () => { drags = Math.max(0, drags - 1); $("drop").hidden = drags === 0; });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drags = 0;
  $("drop").hidden = true;
  preview(event.dataTransfer.files[0]);
});

// Not submit buttons: Enter in a field must send, not cancel.
document.querySelectorAll("[data-cancel]").forEach((button) => {
  button.onclick = () => button.closest("dialog").close("no");
});

// ---- who you are ----------------------------------------------------------------------------
function introduce() {
  $("person-label").textContent = `${person.first_name} · ${person.language_code}`;
}
$("open-person").onclick = () => {
  $("p-id").value = person.id;
  $("p-name").value = person.first_name;
  $("p-language").value = person.language_code;
  $("person").returnValue = "";
  $("person").showModal();
};
$("person").onclose = () => {
  if ($("person").returnValue !== "yes") return;
  person.id = Number($("p-id").value) || 1001;
  person.first_name = $("p-name").value.trim() || "Anna";
  person.language_code = $("p-language").value;
  localStorage.setItem("person", JSON.stringify(person));
  introduce();
  connect();
};

// ---- faults ---------------------------------------------------------------------------------
// Every service of the plan is shown; one that is not here by its bare name.
const LABELS = {
  ai: ["AI", "readings"], telegram: ["Telegram", "calls from the bot"],
  webhook: ["Webhook", "updates to the bot"], s3: ["S3", "photos in store"], bank: ["Bank", "payments in roubles"],
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

// ---- an invoice in Stars ----------------------------------------------------------------------
const payInvoice = guarded(async (invoice) => {
  const { title, description, amount } = await call("GET", `${base()}/invoice?invoice=${encodeURIComponent(invoice)}`);
  history.replaceState(null, "", location.pathname);
  if (!window.confirm(`${title}\n${description}\n\nPay ${amount} ⭐?`)) return;
  await call("POST", `${base()}/payments`, { invoice, first_name: person.first_name, language_code: person.language_code, consent: "ask" });
  toast("Paid");
});

introduce();
connect();
loadFaults();
if (asked.get("invoice")) payInvoice(asked.get("invoice"));
