/** How buying goes on, above all else on the screen. */
import { useEffect } from "react";
import { BusyBar } from "../../parts/bar";
import { Button } from "../../parts/button";
import { ProblemLine } from "../../parts/problem";
import type { Subscription } from "../../person";
import { fill, useTexts } from "../../texts";
import { date } from "../../texts/moment";
import type { Stage } from "./purchase";
import { isPaid } from "./rules";
import { planNames, texts } from "./texts";

interface Props {
  readonly stage: Stage;
  readonly subscription: Subscription;
  readonly zone: string;
  readonly onDismiss: () => void;
}

export function News({ stage, subscription, zone, onDismiss }: Props) {
  const isNews = stage.name !== "idle" && stage.name !== "asking";
  useEffect(() => {
    // It stands at the top, and the plan was chosen further down.
    if (isNews) window.scrollTo(0, 0);
  }, [isNews]);
  return (
    <div className="plans-news" aria-live="polite">
      <Content stage={stage} subscription={subscription} zone={zone} onDismiss={onDismiss} />
    </div>
  );
}

function Content({ stage, subscription, zone, onDismiss }: Props) {
  const t = useTexts(texts);
  const names = useTexts(planNames);
  switch (stage.name) {
    case "idle":
    case "asking":
      return null;
    case "left":
      return (
        <p className="card" role={stage.how === "failed" ? "alert" : undefined}>
          {t[stage.how]}
        </p>
      );
    case "refused":
      return <ProblemLine of={stage.refusal} />;
    case "paid": {
      const { tier } = stage.payment;
      const isLater = isPaid(subscription, new Date()) && subscription.tier !== tier;
      const end = subscription.tier === tier && subscription.current_period_end;
      return (
        <div className="card plans-note">
          <h2>{fill(isLater ? t.paidLater : t.paid, { plan: names[tier] })}</h2>
          {isLater && <p className="hint">{t.paidLaterHint}</p>}
          {end && <p className="hint">{fill(t.paidHint, { end: date(end, zone) })}</p>}
        </div>
      );
    }
    case "awaited": {
      const { tier, isSeenPaid } = stage.payment;
      return (
        <div className="card plans-note">
          <h2>{isSeenPaid ? t.awaited : fill(t.opened, { plan: names[tier] })}</h2>
          <BusyBar label={t.awaited} />
          <p className="hint">{isSeenPaid ? t.awaitedHint : t.openedHint}</p>
          {!isSeenPaid && (
            <Button kind="plain" onPress={onDismiss}>
              {t.dismiss}
            </Button>
          )}
        </div>
      );
    }
  }
}
