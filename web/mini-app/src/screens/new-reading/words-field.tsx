import { count, useTexts } from "../../texts";
import { useNewest } from "./newest";
import { texts } from "./texts";

interface Props {
  readonly value: string;
  /** How many characters there are beyond what is taken. */
  readonly excess: number;
  readonly onChange: (words: string) => void;
}

export function WordsField({ value, excess, onChange }: Props) {
  const t = useTexts(texts);
  const hasCup = useNewest()?.status === "completed";
  return (
    <div className="new-words">
      <label htmlFor="new-words">{t.words}</label>
      <textarea
        id="new-words"
        className="field"
        value={value}
        placeholder={t.wordsExample}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
        aria-invalid={excess > 0}
        aria-describedby="new-words-about new-words-fault"
      />
      <p id="new-words-about" className="hint small">
        {hasCup && t.wordsAbout}
      </p>
      <p id="new-words-fault" className="problem-line small" role="status">
        {excess > 0 ? count(excess, t.wordsTooLong) : ""}
      </p>
    </div>
  );
}
