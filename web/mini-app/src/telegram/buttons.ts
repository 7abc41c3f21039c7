/** Telegram's own buttons as hooks: they belong to the screen that shows them. */
import { useEffect, useRef } from "react";
import { on, post } from "./bridge";
import { since } from "./index";

export interface MainButton {
  readonly text: string;
  readonly onPress: () => void;
  readonly isActive?: boolean;
  readonly isBusy?: boolean;
  /** A screen that has nothing to press at the moment. */
  readonly isHidden?: boolean;
}

const HIDDEN = { is_visible: false, is_active: false, is_progress_visible: false };

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
    const state = { is_visible: !isHidden, is_active: isActive && !isBusy, is_progress_visible: isBusy };
    post("web_app_setup_main_button", { ...state, text });
  }, [text, isActive, isBusy, isHidden]);
  const deaf = isHidden || isBusy || !isActive;
  useEffect(() => {
    if (deaf) return;
    return on("main_button_pressed", () => press.current());
  }, [deaf]);
  useEffect(() => () => post("web_app_setup_main_button", HIDDEN), []);
}

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
    if (!since("7.0")) return;
    post("web_app_setup_settings_button", { is_visible: true });
    return on("settings_button_pressed", () => press.current());
  }, []);
}
