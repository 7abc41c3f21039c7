/** What is to be read, while it can be changed. */
import { Chips } from "../../parts/chips";
import { ProblemLine } from "../../parts/problem";
import { common } from "../../parts/texts";
import { useAppFacts } from "../../person";
import { go } from "../../router";
import * as telegram from "../../telegram";
import { useMainButton } from "../../telegram/buttons";
import { useTexts } from "../../texts";
import { CupTarget } from "./cup-target";
import { change, type Draft } from "./draft";
import { InChat } from "./in-chat";
import { LimitReached, type Over } from "./limit-reached";
import type { Content, Focus, OutboxState } from "./outbox";
import { outbox } from "./sending";
import { texts } from "./texts";
import { UnderWay } from "./under-way";
import { usePhotoInput } from "./use-photo";
import { WordsField } from "./words-field";

const FOCUSES = ["general", "relationships", "career", "wellbeing"] as const satisfies readonly Focus[];

interface Props {
  readonly now: Draft;
  readonly state: OutboxState;
  readonly over: Over | undefined;
}

export function Editing({ now, state, over }: Props) {
  const t = useTexts(texts);
  const names = useTexts(common).focus;
  const excess = useExcess(now.words);
  const input = usePhotoInput(true);
  const content = contentOf(now, excess);
  const problem = state.kind === "refused" ? state.problem : undefined;
  useMainButton({
    text: over ? t.plans : t.read,
    onPress: () => {
      telegram.haptic("light");
      if (over) go("/plans");
      else if (content) void outbox.submit(content, now.focus);
    },
    isHidden: !over && (!content || input.isPreparing),
  });
  const byWords = now.by === "words";
  return (
    <>
      <UnderWay />
      {over && <LimitReached over={over} />}
      {byWords ? (
        <WordsField value={now.words} excess={excess} onChange={(words) => change({ words })} />
      ) : (
        <CupTarget photo={now.photo} input={input} />
      )}
      {input.fault && (
        <p className="problem-line" role="alert">
          {t[input.fault]}
        </p>
      )}
      {!over && <ProblemLine of={problem} />}
      <section>
        <h2>{t.focus}</h2>
        <Chips
          label={t.focus}
          options={FOCUSES.map((value) => ({ value, text: names[value] }))}
          value={now.focus}
          onChange={(focus) => {
            telegram.haptic("selection");
            change({ focus });
          }}
        />
      </section>
      {/* With a photo there is nothing else to choose: words are read instead of it, not with it. */}
      {(byWords || !now.photo) && (
        <footer className="new-ways">
          <button
            type="button"
            className="new-link"
            onClick={() => change({ by: byWords ? "photo" : "words" })}
          >
            {byWords ? t.photoInstead : t.wordsInstead}
          </button>
          <InChat />
        </footer>
      )}
    </>
  );
}

/** As the API counts: characters of Unicode, without the spaces around. */
function useExcess(words: string): number {
  const { data } = useAppFacts();
  return data ? Math.max(0, [...words.trim()].length - data.text_chars_max) : 0;
}

function contentOf({ by, photo, words }: Draft, excess: number): Content | undefined {
  if (by === "photo") return photo && { photo };
  const trimmed = words.trim();
  return trimmed && excess === 0 ? { words: trimmed } : undefined;
}
