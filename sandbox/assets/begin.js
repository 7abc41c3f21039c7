"use strict";
// The beginning, once all files are loaded: the chat, and what the address of the page asks for.

introduce();
translate();
const begun = connect();
if (asked.get("invoice")) {
  const invoice = asked.get("invoice");
  history.replaceState(null, "", location.pathname);
  openInvoice({ invoice });
}
// As the link t.me/<bot>?startapp=<payload>, once there is a bot.
if (asked.has("startapp")) begun.then(() => openApp({ start: asked.get("startapp") }));
