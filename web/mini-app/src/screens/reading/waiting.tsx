/** While a reading comes into being: how far it is, and its words as they are written. */
import { useEffect, useState } from "react";
import { api } from "../../api/call";
import type { Analysis, Partial } from "../../api/live";
import { offline, Refusal } from "../../api/refusal";
import { Button } from "../../parts/button";
import { Cup } from "../../parts/cup";
import { ProblemLine } from "../../parts/problem";
import * as telegram from "../../telegram";
import { useWriteAccess } from "../../telegram/write-access";
import { useTexts } from "../../texts";
import { pictureOf } from "../new-reading/sent-pictures";
import { GrowingText } from "./growing-text";
import "./waiting.css";
import { Steps, stepOf } from "./waiting-steps";
import { texts } from "./waiting-texts";

interface Props {
  /** Of the reading, while nothing else is known of it. */
  readonly id?: string;
  readonly analysis: Analysis | undefined;
  readonly partial: Partial | undefined;
  readonly problem: Refusal | undefined;
}

/** Milliseconds after which a reading takes longer than most. */
const SLOW = 45_000;

export function Waiting({ id, analysis, partial, problem }: Props) {
  const t = useTexts(texts);
  const isSlow = useIsSlow(analysis);
  const { isAllowed, ask } = useWriteAccess();
  const isWritten = partial !== undefined && partial.intro !== "";
  const isWords = analysis?.input_type === "text";
  const isCut = problem?.isTransient === true;
  return (
    <main className="screen reading waiting">
      <article className="letter">
        {!isWords && <Picture url={pictureOf(analysis?.id ?? id ?? "")} />}
        <header className="letter-head">
          <h1>{isWords ? t.titleWords : t.title}</h1>
          <p className="hint" aria-hidden="true">
            {t[stepOf(analysis)]}…
          </p>
        </header>
        {isWritten ? <GrowingText of={partial} /> : <Steps analysis={analysis} />}
      </article>
      <p className="visually-hidden" role="status">
        {isWritten ? finished(partial) : t[stepOf(analysis)]}
      </p>
      <p className="hint small waiting-note" role="status">
        {isCut ? t.connection : isSlow ? t.slow : isAllowed || !ask ? t.close : t.closeAlone}
      </p>
      {!isAllowed && ask && (
        <Button kind="plain" onPress={ask}>
          {t.toChat}
        </Button>
      )}
      {!isCut && <ProblemLine of={problem} />}
      {analysis?.status === "pending" && <Cancel id={analysis.id} />}
    </main>
  );
}

/** What is heard: a part once it is whole, not each of its words. */
function finished({ intro, sections }: Partial): string {
  const whole = [intro, ...sections.map(({ title, content }) => `${title}. ${content}`)].slice(0, -1);
  return whole.at(-1) ?? "";
}

function Picture({ url }: { url: string | undefined }) {
  return (
    <div className={url ? "letter-photo waiting-photo" : "letter-photo waiting-drawing"}>
      {url ? <img src={url} alt="" /> : <Cup isRising />}
      {url && (
        <svg className="cup-steam cup-rising waiting-steam" viewBox="0 0 120 60" aria-hidden="true">
          <path d="M36 54c-12-14 12-22 0-40" />
          <path d="M60 50c-13-16 13-24 0-44" />
          <path d="M84 54c-12-14 12-22 0-40" />
        </svg>
      )}
    </div>
  );
}

function Cancel({ id }: { id: string }) {
  const t = useTexts(texts);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const cancel = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      // What follows comes by the events of the reading.
      await api("post", "/v1/analyses/{id}/cancel", { path: { id } });
    } catch (why) {
      const refusal = why instanceof Refusal ? why : offline();
      setProblem(refusal.code === "E602" ? new Refusal("E602", t.tooLate, refusal.status) : refusal);
      telegram.haptic("warning");
      setBusy(false);
    }
  };
  return (
    <>
      <Button kind="plain" onPress={cancel} isBusy={isBusy}>
        {t.cancel}
      </Button>
      <ProblemLine of={problem} />
    </>
  );
}

function useIsSlow(analysis: Analysis | undefined): boolean {
  const [isSlow, set] = useState(false);
  const since = analysis?.created_at;
  useEffect(() => {
    if (!since) return;
    const left = new Date(since).getTime() + SLOW - Date.now();
    const timer = setTimeout(() => set(true), Math.max(0, left));
    return () => clearTimeout(timer);
  }, [since]);
  return isSlow;
}
