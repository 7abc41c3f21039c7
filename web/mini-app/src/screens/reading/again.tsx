/** The same cup once more, with another focus: a reading of its own. */
import { useState } from "react";
import { api } from "../../api/call";
import type { Analysis } from "../../api/live";
import { forgetKnown } from "../../api/loaded";
import { Button } from "../../parts/button";
import { Chips } from "../../parts/chips";
import { common } from "../../parts/texts";
import { go } from "../../router";
import { useTexts } from "../../texts";
import { Refused } from "./refused";
import { texts } from "./texts";
import { useAct } from "./use-act";

type Focus = Analysis["focus_area"];

export const FOCUSES: readonly Focus[] = ["general", "relationships", "career", "wellbeing"];

export function Again({ analysis }: { analysis: Analysis }) {
  const t = useTexts(texts);
  const { focus } = useTexts(common);
  const others = FOCUSES.filter((name) => name !== analysis.focus_area);
  const [chosen, choose] = useState<Focus>();
  const act = useAct(`again:${analysis.id}`);
  const send = async (focus_area: Focus) => {
    const accepted = await act.run(focus_area, (key) =>
      api("post", "/v1/analyses/{id}/again", {
        path: { id: analysis.id },
        body: { focus_area },
        headers: { "idempotency-key": key },
      }),
    );
    if (!accepted) return;
    forgetKnown("limits");
    go(`/readings/${accepted.id}`);
  };
  return (
    <section className="reading-part card">
      <h2>{t.again}</h2>
      <Chips
        label={t.again}
        options={others.map((value) => ({ value, text: focus[value] }))}
        value={chosen ?? ("" as Focus)}
        onChange={choose}
      />
      {chosen && (
        <>
          <p className="hint small">{t.againHint}</p>
          <Button kind="plain" isBusy={act.isBusy} onPress={() => send(chosen)}>
            {t.againSend}
          </Button>
        </>
      )}
      <Refused why={act.problem} />
    </section>
  );
}
