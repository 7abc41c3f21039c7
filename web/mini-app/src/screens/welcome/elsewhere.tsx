import { Cup } from "../../parts/cup";
import { useAppFacts } from "../../person";
import { useTexts } from "../../texts";
import { texts } from "./texts";
import "./welcome.css";

/** On the machine of a developer there is no Telegram, but the sandbox. */
const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname);

/** Outside of Telegram: what this is, and where to open it. */
export function Elsewhere() {
  const t = useTexts(texts);
  const facts = useAppFacts();
  const bot = facts.data?.bot_username;
  const isSettled = facts.data !== undefined || facts.problem !== undefined;
  return (
    <main className="screen centered welcome-elsewhere">
      <Cup />
      <h1>Symancy</h1>
      <p>{t.elsewhere}</p>
      <p>{t.elsewhereHow}</p>
      {/* Its place is kept while the name of the bot comes. */}
      <a
        className="button button-primary"
        href={`https://t.me/${bot ?? ""}?startapp`}
        rel="noreferrer"
        aria-disabled={!bot}
        hidden={isSettled && !bot}
      >
        {t.open}
      </a>
      {isLocal && <p className="hint small">{t.sandbox}</p>}
    </main>
  );
}
