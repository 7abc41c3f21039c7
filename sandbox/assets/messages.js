"use strict";
// One row of the chat: a message, or an album, with everything Telegram's apps show of it.

const size = (n) => (n > 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${Math.ceil(n / 1000)} KB`);
const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const FILES = ["document", "sticker", "voice", "audio", "video", "video_note", "animation"];
function brief(m) {
  const kind = FILES.find((name) => m[name]);
  return m.text || m.caption || (m.photo_url && word("photo")) || (m.invoice && m.invoice.title)
    || (m.location && word("location")) || (m.contact && word("contact"))
    || (kind && (m[kind].file_name && kind === "document" ? m[kind].file_name : word(kind) || kind)) || "";
}

const PARTS = {
  photo_url(m) {
    const image = make("img", "photo");
    image.src = m.photo_url;
    image.alt = m.caption || word("photo");
    image.width = m.photo_width;
    image.height = m.photo_height;
    image.onclick = () => window.open(m.photo_url, "_blank");
    return image;
  },
  video: (m) => film(m.video, "photo", { controls: true }),
  animation: (m) => film(m.animation, "photo", { autoplay: true, loop: true, muted: true }),
  video_note: (m) => film(m.video_note, "round", { autoplay: true, loop: true, muted: true }),
  sticker(m) {
    if (!(m.sticker.mime_type || "").startsWith("image/")) return make("div", "huge", m.sticker.emoji);
    const image = make("img", "sticker");
    image.src = m.sticker.url;
    image.alt = m.sticker.emoji;
    return image;
  },
  voice: (m) => sound(m.voice, minutes(m.voice.duration)),
  audio: (m) => sound(m.audio, m.audio.file_name || minutes(m.audio.duration)),
  document(m) {
    const link = make("a", "file");
    link.href = m.document.url;
    link.download = m.document.file_name || "file";
    link.append(titled(m.document.file_name || "file", size(m.document.file_size)));
    return link;
  },
  location(m) {
    const { latitude, longitude } = m.location;
    const map = make("div", "map");
    map.append(make("span", "pin", "📍"), make("small", "", `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`));
    return map;
  },
  contact(m) {
    const card = make("div", "contact");
    const name = [m.contact.first_name, m.contact.last_name].filter(Boolean).join(" ");
    card.append(make("span", "initial", name.slice(0, 1)), titled(name, m.contact.phone_number));
    return card;
  },
  dice: (m) => make("div", "huge", `${m.dice.emoji} ${m.dice.value ?? ""}`),
  invoice(m) {
    const bill = make("div", "invoice");
    bill.append(make("b", "", m.invoice.title), make("p", "", m.invoice.description), make("strong", "", `⭐ ${m.invoice.total_amount}`));
    return bill;
  },
};
function titled(title, small) {
  const label = make("span");
  label.append(make("b", "", title), make("small", "", small));
  return label;
}
function film(file, className, how) {
  const video = make("video", className);
  Object.assign(video, { src: file.url, playsInline: true, preload: "metadata", ...how });
  return video;
}
function sound(file, label) {
  const box = make("div", "sound");
  const audio = make("audio");
  audio.src = file.url;
  const play = make("button", "play", "▶");
  play.onclick = () => (audio.paused ? audio.play() : audio.pause());
  play.ariaLabel = word("voice");
  audio.onplay = () => { play.textContent = "❚❚"; };
  audio.onpause = () => { play.textContent = "▶"; };
  const wave = make("span", "wave");
  for (let i = 0; i < 28; i += 1) {
    const bar = make("i");
    bar.style.height = `${22 + ((file.file_size * (i + 3) * 37) % 78)}%`;
    wave.append(bar);
  }
  audio.ontimeupdate = () => {
    const played = (audio.currentTime / (audio.duration || 1)) * wave.children.length;
    [...wave.children].forEach((bar, i) => bar.classList.toggle("played", i < played));
  };
  box.append(play, wave, make("small", "", label), audio);
  return box;
}

function replied(m) {
  const original = messages.find((other) => other.message_id === m.reply_to_message_id);
  const quote = make("div", "quote");
  const name = original?.sender === "user" ? person.first_name : botName();
  quote.append(make("b", "", name), make("span", "", m.quote?.text || (original ? brief(original) : word("gone"))));
  quote.onclick = () => show(m.reply_to_message_id);
  return quote;
}
function bubble(group) {
  const m = group[0];
  const node = make("div", "bubble");
  if (m.forward_origin) {
    const from = m.forward_origin.sender_user_name || m.forward_origin.sender_user?.first_name;
    node.append(make("div", "forwarded", `${word("forwarded")} ${from}`));
  }
  if (m.via_bot) node.append(make("div", "via", `${word("via")} @${m.via_bot.username}`));
  if (m.reply_to_message_id) node.append(replied(m));
  const grid = group.length > 1 && !m.document ? make("div", `grid of-${group.length}`) : node;
  for (const one of group) {
    for (const kind of Object.keys(PARTS).filter((name) => one[name])) {
      const part = PARTS[kind](one);
      if (one !== m) part.dataset.id = one.message_id;
      grid.append(part);
    }
  }
  if (grid !== node) node.append(grid);
  const worded = group.find((one) => one.html);
  if (m.photo_url || m.video || m.animation || m.location) node.classList.add("media", worded ? "worded" : "bare");
  if (m.sticker || m.video_note || m.dice) node.classList.add("clear");
  const body = make("div", "body");
  if (worded) body.innerHTML = worded.html;
  body.querySelectorAll(".spoiler").forEach((s) => { s.onclick = () => s.classList.add("shown"); });
  const edited = group.some((one) => one.edited) ? `${word("edited")} ` : "";
  body.append(make("span", "meta", `${edited}${clock(m.date)}`));
  node.append(body);
  const reactions = group.flatMap((one) => one.reactions.map((reaction) => [one, reaction]));
  if (reactions.length) node.append(chips(reactions));
  node.oncontextmenu = (event) => { event.preventDefault(); openMenu(m, event.clientX, event.clientY); };
  node.ondblclick = () => quote(m);
  return node;
}
function chips(reactions) {
  const line = make("div", "chips");
  for (const [m, { emoji, by }] of reactions) {
    const chip = make("button", by === "user" ? "mine" : "", emoji);
    const face = make("span", "face", by === "user" ? person.first_name.slice(0, 1) : "");
    if (by === "bot") face.append(Object.assign(make("img"), { src: "/icon.svg", alt: botName() }));
    chip.append(face);
    chip.onclick = () => react(m, by === "user" ? "" : emoji);
    line.append(chip);
  }
  return line;
}
function row(group, before) {
  const m = group[0];
  if (m.service) {
    const line = make("div", "day service-line row");
    line.dataset.id = m.message_id;
    line.append(make("span", "", m.text));
    return line;
  }
  const node = make("div", `row ${m.sender}`);
  if (before && !before.service && before.sender === m.sender && m.date - before.date < 300) node.classList.add("again");
  node.dataset.id = m.message_id;
  const keyed = group.find((one) => (one.buttons || []).length);
  const line = make("div", keyed ? "line keyed" : "line");
  const more = make("button", "more", "⋯");
  more.ariaLabel = word("menu");
  more.onclick = () => { const at = more.getBoundingClientRect(); openMenu(m, at.left, at.bottom); };
  line.append(bubble(group), more);
  if (keyed) line.append(keyboard(keyed));
  node.append(line);
  return node;
}

// ---- buttons --------------------------------------------------------------------------------
function keyboard(m) {
  const keys = make("div", "keys");
  for (const buttons of m.buttons) {
    const line = make("div");
    for (const button of buttons) {
      const key = make("button", button.style || "", button.text);
      if (button.url) key.dataset.out = "";
      if (button.web_app) key.dataset.app = "";
      key.onclick = guarded(() => tap(m, button, key));
      line.append(key);
    }
    keys.append(line);
  }
  return keys;
}
// A button waits until its query is answered, as in Telegram. The answer may come before the
// reply to the press.
const waiting = new Map();
const answered = new Set();
async function tap(m, button, key) {
  if (button.url) return openAddress(button.url);
  if (button.web_app) return openApp({ url: button.web_app.url });
  if (button.copy_text) {
    await navigator.clipboard.writeText(button.copy_text.text);
    return toast(word("copied"));
  }
  if (button.pay) return openInvoice({ message_id: m.message_id });
  if (!button.callback_data) return toast("The sandbox cannot press this kind of button yet");
  if (key.classList.contains("waiting")) return undefined;
  key.classList.add("waiting");
  try {
    const press = await call("POST", `${base()}/callbacks`, { message_id: m.message_id, data: button.callback_data });
    if (answered.delete(press.callback_query_id)) key.classList.remove("waiting");
    else waiting.set(press.callback_query_id, key);
  } catch (error) {
    key.classList.remove("waiting");
    throw error;
  }
  return undefined;
}
function notice({ callback_query_id, text, show_alert }) {
  const key = waiting.get(callback_query_id);
  if (key) key.classList.remove("waiting");
  else answered.add(callback_query_id);
  waiting.delete(callback_query_id);
  if (!text) return;
  if (!show_alert) { toast(text); return; }
  $("alert-text").textContent = text;
  $("alert").showModal();
}

// ---- the menu of a message ------------------------------------------------------------------
const QUICK = ["👍", "👎", "❤", "🔥", "😁", "😢", "🤔", "🎉"];
const react = guarded((m, emoji) => call("POST", `${base()}/reactions`, { message_id: m.message_id, emoji }));
function openMenu(m, x, y) {
  const menu = $("message-menu");
  const own = m.reactions.find((one) => one.by === "user")?.emoji;
  const emoji = make("div", "emoji");
  for (const one of QUICK) {
    const button = make("button", one === own ? "on" : "", one);
    button.onclick = () => { menu.hidden = true; react(m, one === own ? "" : one); };
    emoji.append(button);
  }
  const item = (name, work) => {
    const button = make("button", "item", word(name));
    button.onclick = () => { menu.hidden = true; work(); };
    return button;
  };
  const items = [item("reply", () => quote(m))];
  const text = m.text || m.caption;
  if (text) items.push(item("copy", guarded(async () => { await navigator.clipboard.writeText(text); toast(word("copied")); })));
  if (m.sender === "user" && (m.text || m.photo_url || m.document || m.video)) items.push(item("edit", () => startEdit(m)));
  menu.replaceChildren(emoji, ...items);
  menu.hidden = false;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
}
document.addEventListener("pointerdown", (event) => {
  for (const id of ["message-menu", "attach-menu"]) if (!$(id).contains(event.target)) $(id).hidden = true;
});
