"use strict";
// The chat page: shows one person's chat with the bot and acts as that person.
// Everything comes from /control; the server sends HTML made of its own safe tags only.
// This file: who the person is, the list of messages, the stream of events. Loaded first.

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
let bot = null;
let typingTimer = 0;
let draftTimer = 0;
let stream = null;
let online = false;

const base = () => `/control/users/${person.id}`;
const identity = () => ({ first_name: person.first_name, language_code: person.language_code, consent: "ask" });
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

// ---- the list -------------------------------------------------------------------------------
const clock = (date) => new Date(date * 1000).toLocaleTimeString(person.language_code, { hour: "2-digit", minute: "2-digit" });
const day = (date) => new Date(date * 1000).toLocaleDateString(person.language_code, { day: "numeric", month: "long" });
const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 120;
const toEnd = () => { $("log").scrollTop = $("log").scrollHeight; };
function toEndOnceLoaded(node) {
  node?.querySelectorAll("img, video").forEach((media) => {
    media.addEventListener(media.tagName === "IMG" ? "load" : "loadedmetadata", toEnd, { once: true });
  });
}

// An album is one row: messages that follow one another with the same media_group_id.
function rows() {
  const list = [];
  for (const m of messages) {
    const last = list.at(-1);
    if (m.media_group_id && last?.[0].media_group_id === m.media_group_id) last.push(m);
    else list.push([m]);
  }
  return list;
}
function render() {
  const list = [];
  let before = null;
  for (const group of rows()) {
    if (!before || day(before.date) !== day(group[0].date)) {
      const line = make("div", "day");
      line.append(make("span", "", day(group[0].date)));
      list.push(line);
    }
    list.push(row(group, before));
    before = group.at(-1);
  }
  $("messages").replaceChildren(...list);
  settle();
}
function put(m) {
  const follow = atEnd() || m.sender === "user";
  const at = messages.findIndex((other) => other.message_id === m.message_id);
  const before = messages[at >= 0 ? at - 1 : messages.length - 1];
  if (at >= 0) messages[at] = m;
  else messages.push(m);
  const whole = m.media_group_id || !before || day(before.date) !== day(m.date);
  if (whole) render();
  else if (at >= 0) document.querySelector(`[data-id="${m.message_id}"]`)?.replaceWith(row([m], before));
  else $("messages").append(row([m], before));
  if (at < 0 && m.sender === "bot") { typing(false); draft(null); }
  settle();
  if (follow) {
    toEnd();
    const node = document.querySelector(`[data-id="${m.message_id}"]`);
    // A long answer is read from its beginning.
    if (at < 0 && m.sender === "bot" && node?.offsetHeight > $("log").clientHeight) node.scrollIntoView();
    else toEndOnceLoaded(node);
  }
}
function show(id) {
  const node = document.querySelector(`[data-id="${id}"]`)?.closest(".row");
  node?.scrollIntoView({ block: "center", behavior: "smooth" });
  node?.classList.add("flash");
  setTimeout(() => node?.classList.remove("flash"), 1300);
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
  const shown = now && now.shown;
  $("draft").hidden = !shown;
  if (shown) {
    $("draft-body").innerHTML = now.html || "";
    if (!now.html) $("draft-body").append(make("i", "", word("thinking")));
    $("draft-stop").hidden = !now.can_stop;
    $("draft-stop").onclick = guarded(() => call("POST", `${base()}/stops`, { draft_id: now.draft_id }));
    draftTimer = setTimeout(() => draft(null), Math.max(0, now.at_ms + 30000 - Date.now()));
    typing(false);
    if (follow) toEnd();
  }
  status();
}
function status() {
  const busy = !$("typing").hidden || !$("draft").hidden;
  $("status").textContent = !online ? "the sandbox does not answer, trying again…"
    : busy ? word("typing") : !bot ? "waiting for a bot" : bot.webhook_url ? word("bot") : `${word("bot")}, without a webhook`;
  $("status").className = `status ${online ? (busy ? "on" : "") : "off"}`;
}
// Which of the three feet the chat has: the composer, Start, or Restart.
function settle() {
  const fresh = messages.length === 0;
  const blocked = bot?.status === "kicked";
  $("welcome").hidden = !fresh;
  $("foot").hidden = !fresh && !blocked;
  $("composer").hidden = fresh || blocked;
  $("foot-button").textContent = word(blocked ? "restart" : "start");
}

// ---- the bot and the stream -----------------------------------------------------------------
async function refresh() {
  const language = encodeURIComponent(person.language_code);
  const [profile, chat, { drafts }] = await Promise.all([
    call("GET", `${base()}/bot?language_code=${language}`), call("GET", `${base()}/messages`), call("GET", `${base()}/drafts`),
  ]);
  bot = profile;
  messages = chat.messages;
  describe();
  render();
  draft(drafts.at(-1));
  toEnd();
  toEndOnceLoaded($("messages"));
}
// Resolves once a bot is there and the chat is shown.
function connect() {
  stream?.close();
  stream = new EventSource(`${base()}/events`);
  const on = (kind, work) => stream.addEventListener(kind, (event) => work(JSON.parse(event.data)));
  stream.onerror = () => { online = false; status(); };
  // What comes while the chat is read anew is newer than what is read.
  let reading = Promise.resolve();
  let ready;
  const isReady = new Promise((resolve) => { ready = resolve; });
  const again = guarded(async () => { online = true; await refresh(); if (bot) ready(); });
  const after = (work) => (data) => { reading = reading.then(() => work(data)); };
  ["hello", "bot", "reset"].forEach((kind) => on(kind, after(again)));
  on("message", after(put));
  on("edit", after(put));
  on("delete", after(({ message_id }) => { messages = messages.filter((m) => m.message_id !== message_id); render(); }));
  on("draft", after(draft));
  on("typing", () => typing(true));
  on("notice", notice);
  return isReady;
}
