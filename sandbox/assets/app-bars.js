"use strict";
// What Telegram draws around the frame of a Mini App, above and beneath it: the buttons that the app sets up.

function drawBars() {
  const left = $("mini-left");
  left.textContent = app.hasBack ? "←" : "✕";
  left.ariaLabel = word(app.hasBack ? "back" : "close");
  drawButton($("mini-main"), app.main, "button_color", "button_text_color");
  drawButton($("mini-second"), app.second, "bottom_bar_bg_color", "button_color");
  $("mini-foot").hidden = !app.main.is_visible && !app.second.is_visible;
  $("mini-foot").dataset.second = app.second.position || "left";
}
function drawButton(node, set, background, text) {
  node.hidden = !set.is_visible;
  node.textContent = set.text || "";
  node.disabled = set.is_active === false;
  node.className = `${set.is_progress_visible ? "busy" : ""} ${set.has_shine_effect ? "shine" : ""}`;
  node.ariaBusy = set.is_progress_visible ? "true" : "false";
  node.style.background = colour(set.color, background);
  node.style.color = colour(set.text_color, text);
}
function openAppMenu() {
  const item = (name, work) => {
    const button = make("button", "item", word(name));
    button.onclick = () => { $("mini-menu").hidden = true; work(); };
    return button;
  };
  const settings = app.hasSettings ? [item("settings", () => tell("settings_button_pressed"))] : [];
  $("mini-menu").replaceChildren(...settings, item("reload", reload), item("minimise", () => minimise()));
  $("mini-menu").hidden = !$("mini-menu").hidden;
}

$("mini-left").onclick = () => (app.hasBack ? tell("back_button_pressed") : leave());
$("mini-more").onclick = openAppMenu;
$("mini-main").onclick = () => { if (!app.main.is_progress_visible) tell("main_button_pressed"); };
$("mini-second").onclick = () => { if (!app.second.is_progress_visible) tell("secondary_button_pressed"); };
document.addEventListener("pointerdown", ({ target }) => {
  if (!$("mini-menu").contains(target) && target !== $("mini-more")) $("mini-menu").hidden = true;
});
// A press inside the frame does not come here, only the loss of focus.
window.addEventListener("blur", () => { $("mini-menu").hidden = true; });

speaks("6.0", {
  web_app_setup_main_button: (set) => { Object.assign(app.main, set); drawBars(); },
  web_app_setup_closing_behavior: ({ need_confirmation }) => { app.asksBeforeClosing = need_confirmation; },
});
speaks("6.1", {
  web_app_setup_back_button: ({ is_visible }) => { app.hasBack = is_visible; drawBars(); },
});
speaks("6.10", {
  web_app_setup_settings_button: ({ is_visible }) => { app.hasSettings = is_visible; },
});
speaks("7.7", {
  web_app_setup_swipe_behavior: ({ allow_vertical_swipe }) => { app.takesSwipes = allow_vertical_swipe; },
});
speaks("7.10", {
  web_app_setup_secondary_button: (set) => { Object.assign(app.second, set); drawBars(); },
});
