"use strict";
// What a Mini App has done by Telegram: popups, payments, links, messages, stories, files, the cloud.

// A sheet with buttons; resolves to the number of the button that was pressed, or null.
function ask({ title = "", body = "", buttons }) {
  $("mini-ask-title").textContent = title;
  $("mini-ask-title").hidden = !title;
  $("mini-ask-body").replaceChildren(body);
  $("mini-ask-actions").replaceChildren(...buttons.map(({ text, look }, number) => {
    const button = make("button", look, text);
    button.value = String(number);
    return button;
  }));
  return answerOf($("mini-ask")).then((value) => (value === "" ? null : Number(value)));
}
const yesOrNo = async (title, body, yes) => {
  const buttons = [{ text: word("cancel"), look: "soft" }, { text: yes, look: "primary" }];
  return await ask({ title, body, buttons }) === 1;
};
const picture = (src, className) => Object.assign(make("img", className), { src, alt: "" });

// ---- popups, payments, links --------------------------------------------------------------------
async function popup({ title, message, buttons = [] }) {
  const looks = { destructive: "danger", cancel: "soft", close: "soft" };
  const shownButtons = buttons.map(({ type, text }) => ({ text: text || word(type), look: looks[type] || "primary" }));
  const pressed = await ask({ title, body: message, buttons: shownButtons });
  tell("popup_closed", pressed === null ? {} : { button_id: buttons[pressed].id || "" });
}
async function invoice({ slug }) {
  const status = await pay({ invoice: slug }).catch((error) => { toast(error.message); return "failed"; });
  tell("invoice_closed", { slug, status });
}
// Links to Telegram itself stay in the page.
function openAddress(address) {
  const url = new URL(address);
  if (url.hostname === "t.me") return openTelegram(url.pathname + url.search);
  return void window.open(address, "_blank", "noopener");
}
// An address of t.me, of which only the path and what follows are given.
async function openTelegram(path) {
  const url = new URL(path, location.href);
  const [first = "", second = ""] = url.pathname.split("/").filter(Boolean);
  const asks = url.searchParams;
  if (first.startsWith("$")) return openInvoice({ invoice: first.slice(1) });
  if (first === "invoice") return openInvoice({ invoice: second });
  if (first === "share") return share(asks.get("url"), asks.get("text") || "");
  if (first.toLowerCase() !== bot?.username?.toLowerCase()) return toast(`t.me${path} is not in the sandbox`);
  if (asks.has("startapp")) return openApp({ start: asks.get("startapp") });
  minimise();
  const payload = asks.get("start");
  if (payload !== null) await send({ text: payload ? `/start ${payload}` : "/start" });
  return undefined;
}
async function share(url, text) {
  const body = make("p", "card", [text, url].filter(Boolean).join("\n"));
  if (await yesOrNo(word("share"), body, word("send"))) toast(word("sent"));
}

// ---- messages, stories, files ---------------------------------------------------------------------
function card({ title, description, html, photo_url, thumbnail_url, buttons }) {
  const body = make("div", "card");
  if (photo_url || thumbnail_url) body.append(picture(photo_url || thumbnail_url, "shot"));
  if (title) body.append(make("b", "", title));
  if (description) body.append(make("p", "hint", description));
  const words = make("div", "body");
  words.innerHTML = html;
  body.append(words, ...buttons.flat().map(({ text }) => make("div", "card-key", text)));
  return body;
}
async function sendPrepared({ id }) {
  const path = `${base()}/prepared/${encodeURIComponent(id)}`;
  const failed = (error) => tell("prepared_message_failed", { error });
  const prepared = await call("GET", path).catch(() => null);
  if (!prepared) return failed("MESSAGE_EXPIRED");
  if (!await yesOrNo(word("share"), card(prepared), word("send"))) return failed("USER_DECLINED");
  try { await call("POST", path, identity()); } catch { return failed("MESSAGE_SEND_FAILED"); }
  return tell("prepared_message_sent");
}
async function story({ media_url, text, widget_link }) {
  const body = make("div", "card story");
  body.append(picture(media_url, "shot"));
  if (text) body.append(make("p", "", text));
  if (widget_link) body.append(make("div", "card-key", widget_link.name || widget_link.url));
  if (await yesOrNo(word("story"), body, word("post"))) toast(word("posted"));
}
async function download({ url, file_name }) {
  const isWanted = await yesOrNo(word("download"), file_name, word("download"));
  if (isWanted) Object.assign(make("a"), { href: url, download: file_name, target: "_blank" }).click();
  tell("file_download_requested", { status: isWanted ? "downloading" : "cancelled" });
}
async function writeAccess() {
  const { status } = await call("GET", `${base()}/bot`);
  const isOpen = messages.length > 0 && status === "member";
  const isAllowed = isOpen || await yesOrNo(botName(), word("mayWrite"), word("allow"));
  if (!isOpen && isAllowed) await call("POST", `${base()}/messages`, { fields: { write_access_allowed: { from_request: true } }, ...identity() });
  tell("write_access_requested", { status: isAllowed ? "allowed" : "cancelled" });
}

// ---- the cloud, the home screen, haptics -----------------------------------------------------------
async function customMethod({ req_id, method, params }) {
  const answer = await call("POST", `${base()}/app/methods`, { method, params, ...identity() });
  tell("custom_method_invoked", { req_id, ...answer });
}
const homeKey = () => `home-screen-${person.id}`;
function haptic({ type, impact_style, notification_type }) {
  toast(["haptic:", type, impact_style || notification_type].filter(Boolean).join(" "));
}

speaks("6.0", {
  web_app_open_link: ({ url }) => window.open(url, "_blank", "noopener"),
});
speaks("6.1", {
  web_app_open_tg_link: ({ path_full }) => openTelegram(path_full),
  web_app_open_invoice: invoice,
  web_app_trigger_haptic_feedback: haptic,
});
speaks("6.2", { web_app_open_popup: popup });
speaks("6.9", {
  web_app_invoke_custom_method: customMethod,
  web_app_request_write_access: writeAccess,
  web_app_request_phone: () => tell("phone_requested", { status: "cancelled" }),
});
speaks("7.8", { web_app_share_to_story: story });
speaks("8.0", {
  web_app_send_prepared_message: sendPrepared,
  web_app_request_file_download: download,
  web_app_check_home_screen: () => tell("home_screen_checked", { status: localStorage.getItem(homeKey()) || "missed" }),
  web_app_add_to_home_screen: () => { localStorage.setItem(homeKey(), "added"); tell("home_screen_added"); },
});
// What Telegram Web has not: said as it says it.
speaks("7.2", { web_app_biometry_get_info: () => tell("biometry_info_received", { available: false }) });
speaks("8.0", { web_app_check_location: () => tell("location_checked", { available: false }) });
for (const store of ["device_storage", "secure_storage"]) {
  const refuse = ({ req_id }) => tell(`${store}_failed`, { req_id, error: "UNSUPPORTED" });
  const acts = ["save_key", "get_key", "clear"].map((act) => [`web_app_${store}_${act}`, refuse]);
  speaks("9.0", Object.fromEntries(acts));
}
