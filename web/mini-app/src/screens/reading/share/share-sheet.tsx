/** A reading as a picture for others: which words, how it looks, and the ways it can go. */
import { useState } from "react";
import type { Analysis } from "../../../api/live";
import { Chips } from "../../../parts/chips";
import { Modal } from "../../../parts/modal";
import { common } from "../../../parts/texts";
import { day, useTexts } from "../../../texts";
import { useLanguage } from "../../../texts/language";
import type { Format } from "./card";
import "./share.css";
import { texts } from "./texts";
import { useCard } from "./use-card";
import { Ways } from "./ways";

interface Props {
  readonly analysis: Analysis;
  readonly onClose: () => void;
}

const FORMATS: readonly Format[] = ["card", "story"];

export default function ShareSheet({ analysis, onClose }: Props) {
  const t = useTexts(texts);
  const { focus } = useTexts(common);
  const language = useLanguage();
  const parts = partsOf(analysis, t.opening);
  const [at, setAt] = useState("0");
  const [format, setFormat] = useState<Format>("card");
  const part = parts[Number(at)];
  const picture = useCard({
    format,
    seed: analysis.id,
    title: at === "0" ? "" : (part?.title ?? ""),
    text: part?.text ?? "",
    footer: `${day(analysis.created_at)} · ${focus[analysis.focus_area]}`,
    language,
  });
  return (
    <Modal label={t.title} onClose={onClose} className="share">
      <h2 className="share-title">{t.title}</h2>
      <div className={`share-preview share-${format}`} aria-busy={picture === undefined}>
        {picture && <img src={picture.url} alt={`${t.preview}: ${part?.text}`} />}
        {picture === null && <p className="problem-line">{t.cannotDraw}</p>}
      </div>
      <Chips
        label={t.format}
        options={FORMATS.map((value) => ({ value, text: t[value] }))}
        value={format}
        onChange={setFormat}
      />
      {parts.length > 1 && (
        <Chips
          label={t.part}
          options={parts.map(({ title }, number) => ({ value: String(number), text: title }))}
          value={at}
          onChange={setAt}
        />
      )}
      <Ways id={analysis.id} format={format} file={picture?.file} />
    </Modal>
  );
}

function partsOf({ analysis }: Analysis, opening: string): { title: string; text: string }[] {
  const sections = analysis?.sections.map(({ title, content }) => ({ title, text: content })) ?? [];
  return [{ title: opening, text: analysis?.intro ?? "" }, ...sections];
}
