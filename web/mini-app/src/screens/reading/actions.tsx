/** What can be done with a finished reading as a whole. */
import { useState } from "react";
import { api } from "../../api/call";
import type { Analysis } from "../../api/live";
import { Refusal } from "../../api/refusal";
import { copy } from "../../parts/copy";
import { Icon } from "../../parts/icon";
import { common } from "../../parts/texts";
import { confirm, haptic } from "../../telegram";
import { useTexts } from "../../texts";
import { Refused } from "./refused";
import { plainText } from "./rules";
import { texts } from "./texts";
import { useAct } from "./use-act";

interface Props {
  readonly analysis: Analysis;
  readonly onShare: () => void;
  readonly onDeleted: () => void;
}

export function Actions({ analysis, onShare, onDeleted }: Props) {
  const t = useTexts(texts);
  const words = useTexts(common);
  const [copied, setCopied] = useState<boolean>();
  const act = useAct(`act:${analysis.id}`);
  const copyText = async () => {
    const isDone = await copy(plainText(analysis));
    haptic(isDone ? "success" : "error");
    setCopied(isDone);
  };
  const remove = async () => {
    if (!(await confirm(t.deleteAsk, words.delete))) return;
    if (await act.run("delete", () => deleteForGood(analysis.id))) onDeleted();
  };
  return (
    <section className="reading-part">
      <div className="rows">
        <button type="button" className="row" onClick={onShare}>
          <Icon name="share" />
          <span className="row-text">{t.share}</span>
        </button>
        <button type="button" className="row" onClick={copyText}>
          <Icon name={copied ? "check" : "copy"} />
          <span className="row-text" role="status">
            {copied === undefined ? t.copyText : copied ? words.copied : t.copyFailed}
          </span>
        </button>
        <button type="button" className="row reading-delete" onClick={remove} disabled={act.isBusy}>
          <Icon name="trash" />
          <span className="row-text">{t.deleteReading}</span>
        </button>
      </div>
      <Refused why={act.problem} />
    </section>
  );
}

async function deleteForGood(id: string): Promise<true> {
  await api("delete", "/v1/analyses/{id}", { path: { id } }).catch((why) => {
    // Another device was first.
    if (!(why instanceof Refusal && why.status === 404)) throw why;
  });
  haptic("success");
  return true;
}
