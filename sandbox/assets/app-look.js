"use strict";
// How the Mini App looks and how large it is: colours, size, safe areas, full screen.

// ---- colours ----------------------------------------------------------------------------------
let themeParams = {};
// A colour as apps name it: `#rrggbb`, or a key of the theme.
const colour = (name, usual) => (name?.startsWith("#") ? name : themeParams[name] || themeParams[usual] || "");
function isDark(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return r * 0.299 + g * 0.587 + b * 0.114 < 140;
}
function paint(node, background) {
  node.style.background = background;
  node.style.color = isDark(background) ? "#fff" : "#000";
}
function paintApp() {
  const { header, background, bottom } = app.colours;
  paint($("mini-bar"), colour(header, "header_bg_color"));
  paint($("mini-foot"), colour(bottom, "bottom_bar_bg_color"));
  const under = colour(background, "bg_color");
  $("mini-body").style.background = under;
  $("mini-wait").style.background = under;
}
function takeTheme(params) {
  themeParams = params;
  paintApp();
}
const tellTheme = () => tell("theme_changed", { theme_params: themeParams });
document.addEventListener("themechange", guarded(async () => {
  if (!app) return;
  const fields = { url: app.asked.url || app.url, theme: theme() };
  const { theme_params } = await call("GET", `${base()}/app?${new URLSearchParams(fields)}`);
  if (!app) return;
  takeTheme(theme_params);
  drawBars();
  tellTheme();
}));

// ---- size -------------------------------------------------------------------------------------
const PAUSE = 160;
let settling = 0;
function tellViewport(isStable) {
  const { width, height } = $("mini-body").getBoundingClientRect();
  const size = { height: Math.round(height), width: Math.round(width) };
  tell("viewport_changed", { ...size, is_expanded: app.isExpanded, is_state_stable: isStable });
}
new ResizeObserver(() => {
  if (!app || $("mini").hidden) return;
  if (!settling) tellViewport(false);
  clearTimeout(settling);
  settling = setTimeout(() => { settling = 0; if (app) tellViewport(true); }, PAUSE);
}).observe($("mini-body"));

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };
// Below the buttons that hang over an app in full screen.
const OVERLAID = { ...NONE, top: 46 };
const tellContentArea = () => tell("content_safe_area_changed", app.isFull ? OVERLAID : NONE);
function fill(isFull) {
  app.isFull = isFull;
  $("mini").classList.toggle("full", isFull);
  tell("fullscreen_changed", { is_fullscreen: isFull });
  tellContentArea();
}

speaks("6.0", {
  web_app_expand: () => {
    app.isExpanded = true;
    $("mini").classList.add("tall");
    tellViewport(true);
  },
  web_app_request_theme: tellTheme,
  web_app_request_viewport: () => tellViewport(true),
});
speaks("6.1", {
  web_app_set_header_color: ({ color_key, color }) => { app.colours.header = color || color_key; paintApp(); },
  web_app_set_background_color: ({ color }) => { app.colours.background = color; paintApp(); },
});
speaks("7.10", {
  web_app_set_bottom_bar_color: ({ color }) => { app.colours.bottom = color; paintApp(); },
});
speaks("8.0", {
  web_app_request_safe_area: () => tell("safe_area_changed", NONE),
  web_app_request_content_safe_area: tellContentArea,
  web_app_request_fullscreen: () => (app.isFull ? tell("fullscreen_failed", { error: "ALREADY_FULLSCREEN" }) : fill(true)),
  web_app_exit_fullscreen: () => { if (app.isFull) fill(false); },
  web_app_toggle_orientation_lock: ({ locked }) => toast(`orientation: ${locked ? "locked" : "free"}`),
});
