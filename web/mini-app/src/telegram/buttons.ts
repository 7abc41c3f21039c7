/** Telegram's own buttons as hooks: they belong to the screen that shows them. */
import { useEffect, useRef } from "react";
import { on, post } from "./bridge";
import { since } from "./index";
import { colour } from "./theme";

export interface MainButton {
  readonly text: string;
  readonly onPress: () => void;
  readonly isActive?: boolean;
  readonly isBusy?: boolean;
  /** A screen that has nothing to press at the moment. */
  readonly isHidden?: boolean;
}

const HIDDEN = { is_visible: false };

/** The button beneath the page. */
export function useMainButton({
  text,
  onPress,
  isActive = true,
  isBusy = false,
  isHidden = false,
}: MainButton): void {
  const press = useRef(onPress);
  press.current = onPress;
  useEffect(() => {
    const state = { is_visible: true, is_active: isActive && !isBusy, is_progress_visible: isBusy, text };
    const show = () => post("web_app_setup_main_button", isHidden ? HIDDEN : { ...state, ...colours() });
    show();
    return on("theme_changed", show);
  }, [text, isActive, isBusy, isHidden]);
  const deaf = isHidden || isBusy || !isActive;
  useEffect(() => {
    if (deaf) return;
    return on("main_button_pressed", () => press.current());
  }, [deaf]);
  useEffect(() => () => post("web_app_setup_main_button", HIDDEN), []);
}

/** Said each time, as Telegram's own script does: its apps differ in what they take where nothing is said. */
const colours = () => ({
  color: colour("button_color", "#2481cc"),
  text_color: colour("button_text_color", "#ffffff"),
  has_shine_effect: false,
});

/** The arrow in the header; `undefined` hides it. */
export function useBackButton(onPress: (() => void) | undefined): void {
  const press = useRef(onPress);
  press.current = onPress;
  const isVisible = onPress !== undefined;
  useEffect(() => {
    if (!since("6.1")) return;
    post("web_app_setup_back_button", { is_visible: isVisible });
    return on("back_button_pressed", () => press.current?.());
  }, [isVisible]);
}

/** "Settings" in the menu of the app. */
export function useSettingsButton(onPress: () => void): void {
  const press = useRef(onPress);
  press.current = onPress;
  useEffect(() => {
    if (!since("6.10")) return;
    post("web_app_setup_settings_button", { is_visible: true });
    return on("settings_button_pressed", () => press.current());
  }, []);
}
