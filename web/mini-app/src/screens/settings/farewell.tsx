import { useEffect } from "react";
import { forgetKnown } from "../../api/loaded";
import { common } from "../../parts/texts";
import { Title } from "../../parts/title";
import * as telegram from "../../telegram";
import { useMainButton } from "../../telegram/buttons";
import { forgetAll } from "../../telegram/storage";
import { useTexts } from "../../texts";
import { texts } from "./data-texts";

/** The last screen. It asks nothing of the API, which would make the person anew. */
export function Farewell() {
  const t = useTexts(texts);
  const words = useTexts(common);
  useEffect(() => {
    // Now that no other screen is there, which would load it again.
    forgetKnown();
    forgetAll().catch(() => undefined);
  }, []);
  useMainButton({ text: words.close, onPress: telegram.close });
  return (
    <main className="screen centered">
      <Title>{t.farewell}</Title>
      <p>{t.farewellHint}</p>
      <p className="hint">{t.farewellBack}</p>
    </main>
  );
}
