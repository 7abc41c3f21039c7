import { useAppFacts } from "../../person";
import * as telegram from "../../telegram";
import { useTexts } from "../../texts";
import { texts } from "./texts";

/** The way for those whose Telegram opens no camera here (Android's file dialog has none). */
export function InChat() {
  const t = useTexts(texts);
  const bot = useAppFacts().data?.bot_username;
  return (
    <button
      type="button"
      className="new-link"
      onClick={() => {
        if (bot) telegram.openTelegramLink(`https://t.me/${bot}`);
        // The chat is beneath the app, as a rule.
        telegram.close();
      }}
    >
      {t.inChat}
    </button>
  );
}
