/** A reading that is there: the letter, and what can be done about it. */
import type { ComponentType } from "preact";
import { useCallback, useEffect, useState } from "react";
import type { Analysis } from "../../api/live";
import { offline, type Refusal } from "../../api/refusal";
import { ProblemLine } from "../../parts/problem";
import { useMainButton } from "../../telegram/buttons";
import { useTexts } from "../../texts";
import { Actions } from "./actions";
import { Again } from "./again";
import { Asking } from "./asking";
import { Letter } from "./letter";
import { Rating } from "./rating";
import { texts } from "./texts";
import type { Live } from "./use-reading";

interface Props {
  readonly live: Live;
  readonly analysis: Analysis;
  readonly hasGrown: boolean;
  readonly onDeleted: () => void;
}

export function Read({ live, analysis, hasGrown, onDeleted }: Props) {
  const t = useTexts(texts);
  const { Sheet, problem, open, close } = useSheet();
  return (
    <main className="screen reading">
      <Letter analysis={analysis} hasGrown={hasGrown} />
      {live.problem?.isOffline && <p className="hint small">{t.offlineNow}</p>}
      <Asking analysis={analysis} />
      <Rating analysis={analysis} onRated={live.put} />
      <Again analysis={analysis} />
      <Actions analysis={analysis} onShare={open} onDeleted={onDeleted} />
      <ProblemLine of={problem} />
      {Sheet ? <Sheet analysis={analysis} onClose={close} /> : <ShareButton text={t.share} onPress={open} />}
    </main>
  );
}

/** While the sheet is open Telegram's button is the sheet's. */
function ShareButton(props: { text: string; onPress: () => void }) {
  useMainButton(props);
  return null;
}

type SheetOf = ComponentType<{ analysis: Analysis; onClose: () => void }>;

const load = () => import("./share/share-sheet");

/** The sheet comes while the letter is read, so that it is there at once, also without a network. */
function useSheet() {
  const [opened, setOpened] = useState<{ readonly Sheet: SheetOf }>();
  const [problem, setProblem] = useState<Refusal>();
  useEffect(() => {
    const timer = setTimeout(() => load().catch(() => undefined), 2_000);
    return () => clearTimeout(timer);
  }, []);
  const open = useCallback(() => {
    setProblem(undefined);
    load().then(
      (loaded) => setOpened({ Sheet: loaded.default }),
      () => setProblem(offline()),
    );
  }, []);
  const close = useCallback(() => setOpened(undefined), []);
  return { Sheet: opened?.Sheet, problem, open, close };
}
