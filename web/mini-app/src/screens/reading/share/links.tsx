/** The link of this card, who sees it and until when, and the end of all links of the reading. */
import { useState } from "react";
import { Button } from "../../../parts/button";
import { copy } from "../../../parts/copy";
import { common } from "../../../parts/texts";
import { useAppFacts } from "../../../person";
import { confirm, haptic } from "../../../telegram";
import { count, day, useTexts } from "../../../texts";
import { texts } from "./texts";
import type { Share, Shares } from "./use-shares";

export function Links({ shares, share }: { shares: Shares; share: Share | undefined }) {
  const t = useTexts(texts);
  const facts = useAppFacts();
  const [hasEnded, setEnded] = useState(false);
  const links = shares.all.data?.data.length ?? 0;
  const end = async () => {
    if (!(await confirm(t.endAsk, t.end))) return;
    if (!(await shares.end())) return;
    haptic("success");
    setEnded(true);
  };
  return (
    <>
      {share && <LinkField url={share.url} />}
      <p className="hint small">
        {share
          ? t.linkUntil.replace("#", day(share.expires_at))
          : t.linkHint.replace("#", String(facts.data?.days_of_shares ?? 30))}
      </p>
      {links > 0 && (
        <div className="share-links card">
          <p className="small">{count(links, t.open)}</p>
          <Button kind="danger" isBusy={shares.act.isBusy} onPress={end}>
            {t.end}
          </Button>
        </div>
      )}
      <p className="hint small" role="status">
        {hasEnded && links === 0 ? t.ended : ""}
      </p>
    </>
  );
}

function LinkField({ url }: { url: string }) {
  const t = useTexts(texts);
  const words = useTexts(common);
  const [isCopied, setCopied] = useState(false);
  return (
    <div className="share-link">
      <input
        className="field"
        readOnly
        value={url}
        aria-label={t.linkLabel}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button kind="plain" onPress={async () => setCopied(await copy(url))}>
        {isCopied ? words.copied : words.copy}
      </Button>
    </div>
  );
}
