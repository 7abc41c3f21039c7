/**
 * What is done by both scripts. `official` gets Telegram's `WebApp`, `ours` the object of ours.tsx; both may
 * return a promise of what the page learns. `answers` are what Telegram's app says after it has heard the page;
 * as a function it gets the last message of the page. These run in the page: they know nothing outside of them.
 */
const THEME = {
  bg_color: "#17212b",
  secondary_bg_color: "#232e3c",
  text_color: "#f5f5f5",
  button_color: "#5288c1",
  button_text_color: "#fefefe",
};

export const acts = [
  {
    name: "start",
    official: (app) => {
      app.setHeaderColor("secondary_bg_color");
      app.setBackgroundColor("secondary_bg_color");
    },
    ours: () => undefined,
    sinceLoad: true,
  },
  {
    name: "ready",
    official: (app) => {
      app.ready();
      app.expand();
      app.disableVerticalSwipes();
    },
    ours: ({ telegram }) => telegram.ready(),
  },
  {
    name: "main button: shown, pressed",
    official: (app) => {
      app.MainButton.setParams({ text: "Read", is_visible: true });
      return new Promise((resolve) => app.MainButton.onClick(() => resolve("pressed")));
    },
    ours: (our) =>
      new Promise((resolve) => our.show({ main: { text: "Read", onPress: () => resolve("pressed") } })),
    answers: [["main_button_pressed"]],
  },
  {
    name: "theme changed, with the main button shown",
    official: (app) =>
      new Promise((resolve) => {
        app.onEvent("themeChanged", () => {
          const colour = (name) => document.documentElement.style.getPropertyValue(`--tg-theme-${name}`);
          resolve([app.colorScheme, colour("bg-color"), colour("button-text-color")]);
        });
      }),
    ours: () =>
      new Promise((resolve) => {
        const root = document.documentElement;
        const colour = (name) => root.style.getPropertyValue(`--tg-${name}`);
        const seen = () => resolve([root.dataset.scheme, colour("bg-color"), colour("button-text-color")]);
        new MutationObserver(seen).observe(root, { attributes: true });
      }),
    answers: [["theme_changed", { theme_params: THEME }]],
    anyOrder: true,
  },
  {
    name: "safe areas",
    official: (app) =>
      new Promise((resolve) => {
        app.onEvent("contentSafeAreaChanged", () =>
          resolve([app.safeAreaInset.top, app.safeAreaInset.bottom, app.contentSafeAreaInset.top]),
        );
      }),
    ours: () =>
      new Promise((resolve) => {
        const inset = (name) =>
          Number.parseInt(document.documentElement.style.getPropertyValue(`--${name}`), 10);
        const seen = () => {
          const all = [inset("safe-top"), inset("safe-bottom"), inset("content-safe-top")];
          if (all.every((pixels) => pixels >= 0)) resolve(all);
        };
        new MutationObserver(seen).observe(document.documentElement, { attributes: true });
      }),
    answers: [
      ["safe_area_changed", { top: 47, bottom: 34, left: 0, right: 0 }],
      ["content_safe_area_changed", { top: 46, bottom: 0, left: 0, right: 0 }],
    ],
  },
  {
    name: "main button: busy",
    official: (app) => void app.MainButton.showProgress(),
    ours: (our) => our.show({ main: { text: "Read", onPress: () => undefined, isBusy: true } }),
  },
  {
    name: "main button: not to be pressed",
    official: (app) => void app.MainButton.setParams({ is_active: false }).hideProgress().disable(),
    ours: (our) => our.show({ main: { text: "Read", onPress: () => undefined, isActive: false } }),
    lastOnly: true,
  },
  {
    name: "main button: hidden",
    official: (app) => void app.MainButton.hide(),
    ours: (our) => our.show({}),
  },
  {
    name: "back button: shown, pressed",
    official: (app) => new Promise((resolve) => app.BackButton.onClick(() => resolve("pressed")).show()),
    ours: (our) => new Promise((resolve) => our.show({ back: { onPress: () => resolve("pressed") } })),
    answers: [["back_button_pressed"]],
  },
  {
    name: "back button: hidden",
    official: (app) => void app.BackButton.hide(),
    ours: (our) => our.show({ back: {} }),
  },
  {
    name: "settings button: shown, pressed",
    official: (app) => new Promise((resolve) => app.SettingsButton.onClick(() => resolve("pressed")).show()),
    ours: (our) => new Promise((resolve) => our.show({ onSettings: () => resolve("pressed") })),
    answers: [["settings_button_pressed"]],
  },
  ...["light", "medium"].map((style) => ({
    name: `haptic: ${style}`,
    args: [style],
    official: (app, how) => void app.HapticFeedback.impactOccurred(how),
    ours: ({ telegram }, how) => telegram.haptic(how),
  })),
  ...["success", "warning", "error"].map((kind) => ({
    name: `haptic: ${kind}`,
    args: [kind],
    official: (app, how) => void app.HapticFeedback.notificationOccurred(how),
    ours: ({ telegram }, how) => telegram.haptic(how),
  })),
  {
    name: "haptic: selection",
    official: (app) => void app.HapticFeedback.selectionChanged(),
    ours: ({ telegram }) => telegram.haptic("selection"),
  },
  ...[["yes"], [""], [undefined]].map(([button]) => ({
    name: `popup: ${button === "yes" ? "agreed" : button === "" ? "canceled" : "closed"}`,
    official: (app) =>
      new Promise((resolve) => {
        const buttons = [
          { id: "yes", type: "destructive", text: "Delete" },
          { id: "", type: "cancel" },
        ];
        app.showPopup({ message: "Delete it?", buttons }, (id) => resolve(id === "yes"));
      }),
    ours: ({ telegram }) => telegram.confirm("Delete it?", "Delete"),
    answers: [["popup_closed", button === undefined ? {} : { button_id: button }]],
  })),
  ...["paid", "cancelled", "failed", "pending"].map((status) => ({
    name: `invoice: ${status}`,
    args: [status],
    official: (app, how) => new Promise((resolve) => app.openInvoice(`https://t.me/$A-b_${how}=`, resolve)),
    ours: ({ telegram }, how) => telegram.openInvoice(`https://t.me/$A-b_${how}=`),
    answers: [
      ["invoice_closed", { slug: "of-another", status: "paid" }],
      ["invoice_closed", { slug: `A-b_${status}=`, status }],
    ],
  })),
  {
    name: "storage: kept",
    official: (app) => new Promise((resolve) => app.CloudStorage.setItem("draft", "ü", () => resolve())),
    ours: ({ storage }) => storage.keep("draft", "ü"),
    answers: (post) => [["custom_method_invoked", { req_id: post.data.req_id, result: true }]],
  },
  {
    name: "storage: read",
    official: (app) =>
      new Promise((resolve) => app.CloudStorage.getItem("draft", (_, text) => resolve(text))),
    ours: ({ storage }) => storage.kept("draft"),
    answers: (post) => [
      ["custom_method_invoked", { req_id: "of-another", result: { draft: "no" } }],
      ["custom_method_invoked", { req_id: post.data.req_id, result: { draft: "ü" } }],
    ],
  },
  {
    name: "storage: refused",
    official: (app) =>
      new Promise((resolve) => app.CloudStorage.setItem("draft", "x", (why) => resolve(`refused: ${why}`))),
    ours: ({ storage }) => storage.keep("draft", "x").catch((why) => `refused: ${why.message}`),
    answers: (post) => [["custom_method_invoked", { req_id: post.data.req_id, error: "VALUE_INVALID" }]],
  },
  {
    name: "storage: forgotten",
    official: (app) => new Promise((resolve) => app.CloudStorage.removeItem("draft", () => resolve())),
    ours: ({ storage }) => storage.forget("draft"),
    answers: (post) => [["custom_method_invoked", { req_id: post.data.req_id, result: true }]],
  },
  {
    name: "closing confirmation: on",
    official: (app) => void app.enableClosingConfirmation(),
    ours: ({ telegram }) => telegram.confirmClosing(true),
  },
  {
    name: "closing confirmation: off",
    official: (app) => void app.disableClosingConfirmation(),
    ours: ({ telegram }) => telegram.confirmClosing(false),
  },
  {
    name: "story",
    official: (app) => void app.shareToStory("https://symancy.example/card.jpg", { text: "My cup" }),
    ours: ({ telegram }) => telegram.shareToStory("https://symancy.example/card.jpg", "My cup"),
  },
  ...["sent", "failed"].map((how) => ({
    name: `prepared message: ${how}`,
    official: (app) => new Promise((resolve) => app.shareMessage("prepared-1", resolve)),
    ours: ({ telegram }) => telegram.sendPrepared("prepared-1"),
    answers: [[`prepared_message_${how}`, how === "failed" ? { error: "USER_DECLINED" } : {}]],
  })),
  {
    name: "download",
    official: (app) => void app.downloadFile({ url: "https://symancy.example/c.jpg", file_name: "cup.jpg" }),
    ours: ({ telegram }) => telegram.download("https://symancy.example/c.jpg", "cup.jpg"),
  },
  {
    name: "home screen: asked",
    official: (app) => new Promise((resolve) => app.checkHomeScreenStatus(resolve)),
    ours: ({ telegram }) => telegram.homeScreen(),
    answers: [["home_screen_checked", { status: "missed" }]],
  },
  {
    name: "home screen: added",
    official: (app) => void app.addToHomeScreen(),
    ours: ({ telegram }) => telegram.addToHomeScreen(),
  },
  {
    name: "link",
    official: (app) => void app.openLink("https://symancy.example/terms"),
    ours: ({ telegram }) => telegram.openLink("https://symancy.example/terms"),
  },
  {
    name: "link of Telegram",
    official: (app) => void app.openTelegramLink("https://t.me/symancy_bot?start=ref_1"),
    ours: ({ telegram }) => telegram.openTelegramLink("https://t.me/symancy_bot?start=ref_1"),
  },
  {
    name: "brought back",
    official: (app) => new Promise((resolve) => app.onEvent("activated", () => resolve("back"))),
    ours: ({ telegram }) => new Promise((resolve) => telegram.onReturn(() => resolve("back"))),
    answers: [
      ["visibility_changed", { is_visible: false }],
      ["visibility_changed", { is_visible: true }],
    ],
  },
  {
    name: "close",
    official: (app) => void app.close(),
    ours: ({ telegram }) => telegram.close(),
  },
];
