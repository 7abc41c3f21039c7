import preact from "@preact/preset-vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * The first stylesheet stands in the page: the first paint waits for one answer, not for two. It is a file as well,
 * which lazy parts ask for.
 */
const inlineStyles: Plugin = {
  name: "inline-styles",
  enforce: "post",
  generateBundle(_, bundle) {
    const page = bundle["index.html"];
    if (page?.type !== "asset") throw new Error("the build has no page");
    const link = /\s*<link rel="stylesheet"[^>]* href="\/app\/([^"]+)">/g;
    page.source = String(page.source).replace(link, (_, name: string) => {
      const sheet = bundle[name];
      if (sheet?.type !== "asset") throw new Error(`the build has no ${name}`);
      return `\n    <style>${String(sheet.source).trim()}</style>`;
    });
  },
};

// `/app/` is where the API serves the page; in development Vite passes what belongs to the API on to it.
export default defineConfig({
  root: import.meta.dirname,
  base: "/app/",
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false }), inlineStyles],
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
