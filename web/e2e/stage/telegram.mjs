/**
 * Telegram's app around the page, played in the page itself: it hears what the page posts, draws nothing, and
 * answers as the app of that version does. Runs before the page's own scripts; knows nothing outside of itself.
 *
 * Bindings of the page that it calls: `payInvoice(slug)`, `cloudStorage(method, params)`.
 */
export function telegramApp({ version, theme }) {
  // Which version of the app has learned a message; all others are as old as Mini Apps.
  const SINCE = {
    web_app_open_invoice: "6.1",
    web_app_setup_back_button: "6.1",
    web_app_open_popup: "6.2",
    web_app_invoke_custom_method: "6.9",
    web_app_request_write_access: "6.9",
    web_app_setup_settings_button: "6.10",
    web_app_setup_swipe_behavior: "7.7",
    web_app_share_to_story: "7.8",
    web_app_request_safe_area: "8.0",
    web_app_request_content_safe_area: "8.0",
    web_app_send_prepared_message: "8.0",
    web_app_check_home_screen: "8.0",
    web_app_add_to_home_screen: "8.0",
    web_app_request_file_download: "8.0",
  };
  const state = {
    posts: [],
    unknown: [],
    main: { is_visible: false },
    hasBack: false,
    asksBeforeClosing: false,
    isClosed: false,
    /** How popups are answered. */
    agrees: true,
    /** How invoices are left. */
    pays: true,
  };
  window.telegramApp = state;
  const isOlder = (than) => {
    const [a, b] = [version, than].map((text) => text.split(".").map(Number));
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
  };
  const say = (event, data = {}) => setTimeout(() => window.Telegram?.WebView?.receiveEvent(event, data), 5);
  const answers = {
    web_app_request_theme: () => say("theme_changed", { theme_params: theme }),
    web_app_request_viewport: () =>
      say("viewport_changed", {
        width: innerWidth,
        height: innerHeight,
        is_state_stable: true,
        is_expanded: true,
      }),
    web_app_request_safe_area: () => say("safe_area_changed", { top: 0, bottom: 0, left: 0, right: 0 }),
    web_app_request_content_safe_area: () =>
      say("content_safe_area_changed", { top: 0, bottom: 0, left: 0, right: 0 }),
    web_app_setup_main_button: (data) => {
      state.main = data;
    },
    web_app_setup_back_button: ({ is_visible }) => {
      state.hasBack = is_visible;
    },
    web_app_setup_closing_behavior: ({ need_confirmation }) => {
      state.asksBeforeClosing = need_confirmation;
    },
    web_app_open_popup: ({ buttons }) => {
      const yes = buttons.find(({ type }) => type !== "cancel" && type !== "close");
      say("popup_closed", state.agrees ? { button_id: yes?.id ?? "" } : {});
    },
    web_app_open_invoice: async ({ slug }) => {
      const status = state.pays ? await window.payInvoice(slug) : "cancelled";
      say("invoice_closed", { slug, status });
    },
    web_app_invoke_custom_method: async ({ req_id, method, params }) => {
      say("custom_method_invoked", { req_id, result: await window.cloudStorage(method, params) });
    },
    web_app_request_write_access: () => say("write_access_requested", { status: "allowed" }),
    web_app_check_home_screen: () => say("home_screen_checked", { status: "missed" }),
    web_app_add_to_home_screen: () => say("home_screen_added"),
    web_app_send_prepared_message: () => say("prepared_message_sent"),
    web_app_request_file_download: () => say("file_download_requested", { status: "downloading" }),
    web_app_close: () => {
      state.isClosed = true;
    },
  };
  window.TelegramWebviewProxy = {
    postEvent: (event, json) => {
      const data = JSON.parse(json);
      state.posts.push({ event, data });
      if (SINCE[event] && isOlder(SINCE[event])) state.unknown.push(event);
      else answers[event]?.(data);
    },
  };
}

export const THEMES = {
  light: {
    bg_color: "#ffffff",
    secondary_bg_color: "#efeff4",
    text_color: "#000000",
    hint_color: "#999999",
    link_color: "#2481cc",
    button_color: "#2481cc",
    button_text_color: "#ffffff",
    section_bg_color: "#ffffff",
    destructive_text_color: "#ff3b30",
  },
  dark: {
    bg_color: "#17212b",
    secondary_bg_color: "#232e3c",
    text_color: "#f5f5f5",
    hint_color: "#708499",
    link_color: "#6ab3f3",
    button_color: "#5288c1",
    button_text_color: "#ffffff",
    section_bg_color: "#17212b",
    destructive_text_color: "#ec3942",
  },
};
