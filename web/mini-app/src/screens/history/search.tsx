/** The words that are looked for; a search begins when the person stops typing. */
import { useEffect, useState } from "react";
import { Icon } from "../../parts/icon";
import { useTexts } from "../../texts";
import { texts } from "./texts";

const PAUSE_MS = 350;

export function Search({ words, onChange }: { words: string; onChange: (words: string) => void }) {
  const t = useTexts(texts);
  const [typed, setTyped] = useState(words);
  useEffect(() => setTyped(words), [words]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === words) return;
    const timer = setTimeout(() => onChange(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the web views of old phones do not know <search>.
    <form
      className="history-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
        (document.activeElement as HTMLElement | null)?.blur();
      }}
    >
      <Icon name="search" />
      <input
        type="search"
        enterKeyHint="search"
        aria-label={t.search}
        placeholder={t.search}
        maxLength={100}
        autoComplete="off"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      {typed !== "" && (
        <button type="button" aria-label={t.clear} onClick={() => onChangeNow()}>
          <Icon name="close" />
        </button>
      )}
    </form>
  );

  function onChangeNow() {
    setTyped("");
    onChange("");
  }
}
