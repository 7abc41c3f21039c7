"use strict";
// What the person does: write, edit, send files and albums, pay, block the bot, be another person.

let replyTo = null;
let editing = null;
const botName = () => (bot ? bot.name : "No bot yet");

// ---- text -----------------------------------------------------------------------------------
const write = guarded(async (text) => {
  if (editing) {
    const id = editing.message_id;
    quote(null);
    await call("PATCH", `${base()}/messages/${id}`, { text, ...identity() });
    return;
  }
  await post({ text });
});
async function post(fields) {
  const body = { ...fields, ...identity() };
  if (replyTo) body.reply_to_message_id = replyTo;
  quote(null);
  await call("POST", `${base()}/messages`, body);
}
const send = guarded(post);
function quote(m) {
  editing = null;
  replyTo = m && m.message_id;
  $("quoting").hidden = !m;
  if (m) { $("quoting-text").textContent = brief(m); $("text").focus(); }
}
function startEdit(m) {
  quote(m);
  replyTo = null;
  editing = m;
  $("quoting-text").textContent = `${word("edit")}: ${brief(m)}`;
  $("text").value = m.text || m.caption || "";
  grow();
}
function grow() {
  const area = $("text");
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
  const typed = area.value;
  const fitting = typed.startsWith("/") ? commands().filter((c) => `/${c.command}`.startsWith(typed)) : [];
  listCommands(fitting);
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
$("quoting-off").onclick = () => { $("text").value = editing ? "" : $("text").value; quote(null); grow(); };
$("log").onscroll = () => { $("down").hidden = atEnd(); };
$("down").onclick = toEnd;

// ---- the commands and the menu button ---------------------------------------------------------
const commands = () => (Array.isArray(bot?.commands) ? bot.commands : []);
function listCommands(list) {
  $("commands").hidden = !list.length;
  $("commands").replaceChildren(...list.map((c) => {
    const line = make("button");
    line.append(make("b", "", `/${c.command}`), make("span", "", c.description));
    line.onclick = () => { $("text").value = ""; grow(); write(`/${c.command}`); };
    return line;
  }));
}
$("menu").onclick = () => {
  const button = bot?.menu_button;
  if (button?.type === "web_app") return openApp({ url: button.web_app.url });
  return listCommands($("commands").hidden ? commands() : []);
};
// Everything that shows what the bot is: header, welcome, menu button, the sheet about it.
function describe() {
  translate();
  $("bot-name").textContent = botName();
  $("banner").hidden = !!bot;
  $("banner").textContent = "No bot has connected yet. What you write is kept and delivered once one does.";
  $("welcome-text").textContent = bot?.description || "You are the Telegram user here. Press Start, send the bot a photo of a coffee cup, tap its buttons.";
  const opensApp = bot?.menu_button?.type === "web_app";
  $("menu").hidden = !opensApp && !commands().length;
  $("menu-label").textContent = opensApp ? bot.menu_button.text : word("menu");
  $("b-name").textContent = botName();
  $("b-username").textContent = bot ? `@${bot.username}` : "";
  $("b-about").textContent = bot?.short_description || "";
  const blocked = bot?.status === "kicked";
  $("b-block").textContent = word(blocked ? "restart" : "block");
  $("b-block").className = blocked ? "primary" : "danger";
  settle();
}
$("open-bot").onclick = () => { if (bot) $("bot-sheet").showModal(); };
const block = guarded(() => call("POST", `${base()}/membership`, { status: "kicked", ...identity() }));
const start = guarded(async () => {
  if (bot?.status === "kicked") await call("POST", `${base()}/membership`, { status: "member", ...identity() });
  const payload = messages.length ? "" : asked.get("start");
  await post({ text: payload ? `/start ${payload}` : "/start" });
});
$("b-block").onclick = () => { $("bot-sheet").close(); if (bot?.status === "kicked") start(); else block(); };
$("foot-button").onclick = start;

// ---- files ----------------------------------------------------------------------------------
const field = (file, asDocument) => {
  if (asDocument) return "document";
  const kind = file.type.split("/")[0];
  return { image: "photo", video: "video", audio: "audio" }[kind] || "document";
};
const sendFiles = guarded(async (files, caption, asDocument) => {
  const form = new FormData();
  files.forEach((file) => form.append(field(file, asDocument), file, file.name || "photo.png"));
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to_message_id", replyTo);
  Object.entries(identity()).forEach(([key, value]) => form.append(key, value));
  quote(null);
  await call("POST", `${base()}/${files.length > 1 ? "albums" : "messages"}`, form);
});
function preview(list) {
  const files = [...(list || [])].slice(0, 10);
  if (!files.length) return;
  const urls = files.filter((file) => file.type.startsWith("image/")).map((file) => URL.createObjectURL(file));
  $("preview-title").textContent = word(files.length > 1 ? "album" : urls.length ? "photo" : "file");
  $("preview-images").className = `grid of-${urls.length}`;
  $("preview-images").replaceChildren(...urls.map((url) => Object.assign(make("img"), { src: url, alt: "" })));
  $("as-document").checked = !urls.length;
  $("caption").value = $("text").value;
  $("preview").returnValue = "";
  $("preview").showModal();
  $("caption").focus();
  $("preview").onclose = () => {
    urls.forEach((url) => URL.revokeObjectURL(url));
    if ($("preview").returnValue !== "yes") return;
    $("text").value = "";
    grow();
    sendFiles(files, $("caption").value.trim(), $("as-document").checked);
  };
}
const sample = guarded(async () => {
  const blob = await (await fetch("/sample.png")).blob();
  await sendFiles([new File([blob], "coffee-cup.png", { type: "image/png" })]);
});
const ATTACH = {
  media: () => { $("file").accept = "image/*,video/*"; $("file").click(); },
  file: () => { $("file").accept = ""; $("file").click(); },
  sample,
  sticker: () => send({ sticker: true }),
  voice: () => send({ voice: true }),
  video_note: () => send({ video_note: true }),
  location: () => send({ location: { latitude: 41.0054, longitude: 28.9768 } }),
  contact: () => send({ contact: { phone_number: "+10005550100", first_name: person.first_name, user_id: person.id } }),
};
const ICONS = { media: "🖼️", file: "📄", sample: "☕", sticker: "🙂", voice: "🎤", video_note: "🎥", location: "📍", contact: "👤" };
$("attach").onclick = () => {
  $("attach-menu").replaceChildren(...Object.entries(ATTACH).map(([name, work]) => {
    const button = make("button", "item", `${ICONS[name]}  ${word(name)}`);
    button.onclick = () => { $("attach-menu").hidden = true; work(); };
    return button;
  }));
  $("attach-menu").hidden = !$("attach-menu").hidden;
};
$("file").onchange = () => { preview($("file").files); $("file").value = ""; };
document.addEventListener("paste", (event) => {
  const files = event.clipboardData?.files;
  if (files?.length) { event.preventDefault(); preview(files); }
});
let drags = 0;
const dragging = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
document.addEventListener("dragenter", (event) => { if (dragging(event)) { drags += 1; $("drop").hidden = false; } });
document.addEventListener("dragleave", () => { drags = Math.max(0, drags - 1); $("drop").hidden = drags === 0; });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drags = 0;
  $("drop").hidden = true;
  preview(event.dataTransfer.files);
});

// Not submit buttons: Enter in a field must send, not cancel.
document.querySelectorAll("[data-cancel]").forEach((button) => {
  button.onclick = () => button.closest("dialog").close("no");
});

// What a dialog is closed with; nothing when it is dismissed.
function answerOf(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => { dialog.onclose = () => resolve(dialog.returnValue); });
}

// ---- an invoice in Stars ----------------------------------------------------------------------
// `which` names it: `{ invoice }` a link or the part of it that names it, or `{ message_id }`.
async function pay(which) {
  const { title, description, amount } = await call("GET", `${base()}/invoice?${new URLSearchParams(which)}`);
  $("i-title").textContent = title;
  $("i-description").textContent = description;
  $("i-pay").textContent = `${word("pay")} ⭐ ${amount}`;
  if (await answerOf($("invoice")) !== "yes") return "cancelled";
  await call("POST", `${base()}/payments`, { ...which, ...identity() });
  toast(word("paid"));
  return "paid";
}
const openInvoice = guarded(pay);

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
  closeApp();
  connect();
};
