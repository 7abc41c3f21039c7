/** What went wrong, in words, with a way on. */
import { useState } from "react";
import type { Refusal } from "../api/refusal";
import * as telegram from "../telegram";
import { useTexts } from "../texts";
import { Button } from "./button";
import { common } from "./texts";

type Title = "offline" | "maintenance" | "signedOut" | "missing" | "problem";

function kindOf(refusal: Refusal): Title {
  if (refusal.isOffline) return "offline";
  if (refusal.isSignedOut) return "signedOut";
  if (refusal.isMaintenance) return "maintenance";
  return refusal.status === 404 ? "missing" : "problem";
}

/** In place of a screen. */
export function Problem({ of, onRetry }: { of: Refusal; onRetry?: () => Promise<unknown> }) {
  const t = useTexts(common);
  const [isBusy, setBusy] = useState(false);
  const kind = kindOf(of);
  const retry = async () => {
    setBusy(true);
    await onRetry?.();
    setBusy(false);
  };
  return (
    <main className="screen centered">
      <h1>{t[`${kind}Title`]}</h1>
      <p className="hint" role="alert">
        {(kind === "problem" && of.message) || t[`${kind}Hint`]}
      </p>
      {kind === "signedOut" && <Button onPress={telegram.close}>{t.close}</Button>}
      {kind !== "signedOut" && kind !== "missing" && onRetry && (
        <Button onPress={retry} isBusy={isBusy}>
          {t.again}
        </Button>
      )}
    </main>
  );
}

/** Beneath what it concerns, while the rest of the screen stays. */
export function ProblemLine({ of }: { of: Refusal | undefined }) {
  const t = useTexts(common);
  if (!of) return null;
  return (
    <p className="problem-line" role="alert">
      {of.message || t[`${kindOf(of)}Hint`]}
    </p>
  );
}
