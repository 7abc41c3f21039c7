"use strict";
// The bot's Mini App in a frame, as Telegram Web opens it: opening, minimising, closing, and what passes
// between the page and the frame. What an app can ask for is registered by the files after this one.
// Source: docs.telegram-mini-apps.com, platform/methods and platform/events.

// Every method that is spoken: the version that brought it, and what it does.
const METHODS = {};
function speaks(since, methods) {
  for (const [name, run] of Object.entries(methods)) METHODS[name] = { since, run };
}
const LOG_KEPT = 200;
const passed = [];
// The app that is open, minimised ones included: its frame, its launch, and what it has set up.
let app = null;

const askedVersion = () => asked.get("version") || localStorage.getItem("app-version") || "";
function isOlder(version, than) {
  const [a, b] = [version, than].map((one) => one.split(".").map(Number));
  return a[0] === b[0] ? (a[1] || 0) < (b[1] || 0) : a[0] < b[0];
}

// ---- what passes between the page and the frame -----------------------------------------------
function record(direction, name, data, remark = "") {
  passed.push({ direction, name, data, remark });
  if (passed.length > LOG_KEPT) passed.shift();
  drawPassed();
}
function drawPassed() {
  $("mini-log").replaceChildren(...passed.slice(-30).reverse().map(({ direction, name, data, remark }) => {
    const line = make("div", remark ? "bad" : "");
    const words = data === undefined ? "" : JSON.stringify(data);
    line.append(make("span", "", direction), make("span", "", name), make("span", "", remark || words.slice(0, 60)));
    line.title = words;
    return line;
  }));
}
// An event for the app.
function tell(eventType, eventData) {
  if (!app) return;
  record("to app", eventType, eventData);
  app.frame.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), new URL(app.url).origin);
}
window.addEventListener("message", (event) => {
  if (!app || event.source !== app.frame.contentWindow) return;
  let sent;
  try { sent = JSON.parse(event.data); } catch { return; }
  if (typeof sent?.eventType === "string") hear(sent.eventType, sent.eventData || {});
});
function hear(name, data) {
  const method = METHODS[name];
  const isNew = method && isOlder(app.version, method.since);
  const remark = !method ? "unknown" : isNew ? `UNSUPPORTED before ${method.since}` : "";
  record("from app", name, data, remark);
  if (!remark) guarded(method.run)(data);
}

// ---- opening and closing ------------------------------------------------------------------------
// `url` of a button; without one it is the app of the menu button. `start` is the payload of a link, which may be empty.
const openApp = guarded(async ({ url = "", start = null } = {}) => {
  if (app && app.asked.url === url && app.asked.start === start) return void restore();
  const fields = { ...identity(), url, version: askedVersion(), theme: theme() };
  if (start !== null) fields.start_param = start;
  const launch = await call("GET", `${base()}/app?${new URLSearchParams(fields)}`);
  closeApp();
  const hash = new URLSearchParams(new URL(launch.url).hash.slice(1));
  app = {
    asked: { url, start }, url: launch.url, version: hash.get("tgWebAppVersion"), frame: frameOf(launch.url),
    isExpanded: false, isFull: false, isDown: false, isReloadable: false, asksBeforeClosing: false, colours: {}, main: {}, second: {},
  };
  $("mini-name").textContent = botName();
  $("mini-body").prepend(app.frame);
  $("mini-wait").hidden = false;
  $("mini").className = "mini";
  $("mini").hidden = false;
  takeTheme(launch.theme_params);
  drawBars();
  app.frame.focus();
});
function frameOf(url) {
  const frame = make("iframe");
  frame.title = botName();
  frame.allow = "camera; microphone; geolocation; clipboard-write; autoplay; fullscreen";
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-forms allow-modals allow-downloads allow-storage-access-by-user-activation");
  frame.onload = shown;
  frame.src = url;
  return frame;
}
// The app is drawn: what stood in its place goes.
function shown() { $("mini-wait").hidden = true; }
function closeApp() {
  app?.frame.remove();
  app = null;
  $("mini").hidden = true;
  $("mini-menu").hidden = true;
  $("mini-dock").hidden = true;
}
const leave = guarded(async () => {
  if (!app.asksBeforeClosing) return closeApp();
  const buttons = [{ text: word("stay"), look: "soft" }, { text: word("closeAnyway"), look: "danger" }];
  if (await ask({ title: botName(), body: word("unsaved"), buttons }) === 1) closeApp();
  return undefined;
});
function minimise(isDown = true) {
  if (!app || app.isDown === isDown) return;
  app.isDown = isDown;
  $("mini").classList.toggle("down", isDown);
  $("mini-dock").hidden = !isDown;
  $("mini-dock-name").textContent = botName();
  if (!isOlder(app.version, "8.0")) tell("visibility_changed", { is_visible: !isDown });
}
const restore = () => minimise(false);
function reload() {
  if (app.isReloadable) return tell("reload_iframe");
  const fresh = frameOf(app.url);
  app.frame.replaceWith(fresh);
  app.frame = fresh;
  return undefined;
}

speaks("6.0", {
  iframe_ready: ({ reload_supported }) => { app.isReloadable = !!reload_supported; },
  iframe_will_reload: () => { $("mini-wait").hidden = false; },
  web_app_ready: shown,
  web_app_close: closeApp,
});
$("mini-down").onclick = () => minimise();
$("mini-dock-open").onclick = restore;
$("mini-dock-close").onclick = () => leave();
$("mini").onclick = (event) => { if (event.target === $("mini")) leave(); };
