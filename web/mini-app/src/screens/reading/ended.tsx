/** Readings that there are none of, each with a way on. */
import type { Analysis } from "../../api/live";
import { Button } from "../../parts/button";
import { Cup } from "../../parts/cup";
import { go, leaveTo, replace } from "../../router";
import { useTexts } from "../../texts";
import { texts } from "./texts";

export function Gone() {
  const t = useTexts(texts);
  return (
    <main className="screen centered">
      <Picture />
      <h1>{t.goneTitle}</h1>
      <p className="hint" role="alert">
        {t.goneHint}
      </p>
      <Button onPress={() => leaveTo("/history")}>{t.toReadings}</Button>
    </main>
  );
}

/** One that has failed or was canceled. */
export function NotRead({ analysis }: { analysis: Analysis }) {
  const t = useTexts(texts);
  const { error } = analysis;
  const isCanceled = analysis.status === "canceled";
  return (
    <main className="screen centered">
      <Picture />
      <h1>{isCanceled ? t.canceledTitle : t.failedTitle}</h1>
      <p role="alert">{error?.message ?? t.canceledHint}</p>
      <p className="hint small">{isCanceled || error?.unit_returned ? t.unitReturned : t.unitTaken}</p>
      <Button onPress={() => replace("/")}>{t.toNew}</Button>
      <Button kind="plain" onPress={() => go("/history")}>
        {t.toReadings}
      </Button>
    </main>
  );
}

function Picture() {
  return (
    <div className="reading-picture">
      <Cup />
    </div>
  );
}
