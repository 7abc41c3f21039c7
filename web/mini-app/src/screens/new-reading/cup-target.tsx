import { useEffect, useRef, useState } from "react";
import { Cup } from "../../parts/cup";
import { Icon } from "../../parts/icon";
import { useTexts } from "../../texts";
import { change } from "./draft";
import { texts } from "./texts";
import type { PhotoInput } from "./use-photo";

/** The one thing to touch: takes the photo, then shows it. */
export function CupTarget({ photo, input }: { photo: Blob | undefined; input: PhotoInput }) {
  const t = useTexts(texts);
  const chooser = useRef<HTMLInputElement>(null);
  const state = input.isPreparing ? "preparing" : photo ? "full" : "empty";
  return (
    <div className={`new-target new-${input.isOver ? "over" : state}`} aria-busy={input.isPreparing}>
      {photo ? <Picture photo={photo} /> : <Cup />}
      <label className="new-pick">
        <input
          ref={chooser}
          className="visually-hidden"
          type="file"
          accept="image/*"
          onChange={({ currentTarget }) => {
            input.take(currentTarget.files?.[0]);
            // So that the same file can be chosen again.
            currentTarget.value = "";
          }}
        />
        <span className="new-pick-text">
          <Icon name="camera" />
          {input.isOver ? t.dropNow : input.isPreparing ? t.preparing : photo ? t.another : t.choose}
        </span>
        {!photo && <span className="hint small">{t.how}</span>}
        {!photo && <span className="hint small new-pointer">{t.drop}</span>}
      </label>
      {photo && !input.isPreparing && (
        <button
          type="button"
          className="new-remove"
          aria-label={t.remove}
          onClick={() => {
            change({ photo: undefined });
            chooser.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

export function Picture({ photo }: { photo: Blob }) {
  const t = useTexts(texts);
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(photo);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  return url ? <img className="new-picture" src={url} alt={t.photo} /> : null;
}
