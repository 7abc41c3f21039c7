import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, loadScreen } from "./app";
import { enter, path } from "./router";
import * as telegram from "./telegram";

telegram.start();
window.history.scrollRestoration = "manual";
enter();
loadScreen(path());

const root = document.getElementById("app");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  // After the first paint, not before: until then Telegram shows its own placeholder.
  requestAnimationFrame(() => requestAnimationFrame(telegram.ready));
}
