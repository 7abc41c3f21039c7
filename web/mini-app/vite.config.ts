import preact from "@preact/preset-vite";
import { defineConfig } from "vitest/config";

// `/app/` is where the API serves the page; in development Vite passes what belongs to the API on to it.
export default defineConfig({
  root: import.meta.dirname,
  base: "/app/",
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // Telegram's oldest web views: Android 8 with a WebView of its time, iOS 13.
    target: ["chrome87", "safari14"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { "/v1": process.env.API ?? "http://127.0.0.1:3000" } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
