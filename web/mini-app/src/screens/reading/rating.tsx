/** What the person thinks of a reading: stars at once, words when they like. */
import { useRef, useState } from "react";
import { api } from "../../api/call";
import type { Analysis } from "../../api/live";
import { Button } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { haptic } from "../../telegram";
import { useTexts } from "../../texts";
import { Refused } from "./refused";
import { texts } from "./texts";
import { useAct } from "./use-act";

const STARS = [1, 2, 3, 4, 5];
const WORDS_MAX = 1000;

interface Props {
  readonly analysis: Analysis;
  readonly onRated: (analysis: Analysis) => void;
}

export function Rating({ analysis, onRated }: Props) {
  const t = useTexts(texts);
  const act = useAct(`rate:${analysis.id}`);
  const [stars, setStars] = useState(analysis.user_rating ?? 0);
  const [words, setWords] = useState(analysis.feedback_text ?? "");
  const [isSaved, setSaved] = useState(false);
  const [care, setCare] = useState<string>();
  const wanted = useRef(stars);
  const save = async (feedback_text: string | null) => {
    const rating = wanted.current;
    const view = await act.run(`${rating} ${feedback_text}`, () =>
      api("post", "/v1/analyses/{id}/feedback", {
        path: { id: analysis.id },
        body: { rating, feedback_text },
      }),
    );
    // Changed while it was on its way: the last choice counts.
    if (view && wanted.current !== rating) return save(feedback_text);
    if (!view) return;
    setSaved(true);
    setCare(view.care ?? undefined);
    if (view.care) setWords("");
    onRated({ ...analysis, user_rating: view.user_rating, feedback_text: view.feedback_text ?? null });
  };
  const choose = (star: number) => {
    haptic("selection");
    wanted.current = star;
    setStars(star);
    setSaved(false);
    void save(analysis.feedback_text ?? null);
  };
  return (
    <section className="reading-part card">
      <h2>{t.rate}</h2>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a row of flexible width in old web views. */}
      <div className="stars" role="group" aria-label={t.rate}>
        {STARS.map((star) => (
          <button
            key={star}
            type="button"
            className={star <= stars ? "star star-on" : "star"}
            aria-label={t.stars.replace("#", String(star))}
            aria-pressed={star === stars}
            onClick={() => choose(star)}
          >
            <Icon name="star" />
          </button>
        ))}
      </div>
      {stars > 0 && (
        <>
          <textarea
            className="field"
            aria-label={t.words}
            placeholder={t.words}
            maxLength={WORDS_MAX}
            value={words}
            onInput={(event) => {
              setWords(event.currentTarget.value);
              setSaved(false);
            }}
          />
          {words.trim() !== (analysis.feedback_text ?? "") && (
            <Button kind="plain" isBusy={act.isBusy} onPress={() => save(words.trim() || null)}>
              {t.wordsSend}
            </Button>
          )}
        </>
      )}
      {care && (
        <p className="reading-care" role="alert">
          {care}
        </p>
      )}
      <p className="hint small" role="status">
        {isSaved && !care ? t.rated : ""}
      </p>
      <Refused why={act.problem} />
    </section>
  );
}
