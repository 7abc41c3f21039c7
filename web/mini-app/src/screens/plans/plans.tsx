/** What the person has, what they can have, and what they have paid. */
import { useState } from "react";
import { api, newKey } from "../../api/call";
import { useLoaded } from "../../api/loaded";
import { Refusal } from "../../api/refusal";
import { Problem, ProblemLine } from "../../parts/problem";
import {
  type Subscription,
  type UsageLimits,
  useAppFacts,
  useLimits,
  useMe,
  useSubscription,
} from "../../person";
import { useScrollBack } from "../../router";
import * as telegram from "../../telegram";
import { useMainButton } from "../../telegram/buttons";
import { fill, useTexts } from "../../texts";
import { price } from "../../texts/money";
import { News } from "./news";
import { Offers } from "./offers";
import "./plans.css";
import { usePurchase } from "./purchase";
import { loadReceipts, Receipts } from "./receipts";
import type { Plan, Tier } from "./rules";
import { Standing } from "./standing";
import { planNames, texts } from "./texts";
import { Ending, Trial, UsedUp } from "./ways";

/** Kept while the terms are read. */
let lastChosen: Tier | undefined;

export default function Plans() {
  const t = useTexts(texts);
  const me = useMe();
  const limits = useLimits();
  const subscription = useSubscription();
  const plans = useLoaded("plans", (signal) => api("get", "/v1/plans", { signal }));
  const parts = [limits, subscription, plans];
  if (!limits.data || !subscription.data || !plans.data) {
    const problem = parts.find((part) => part.problem)?.problem;
    if (problem)
      return <Problem of={problem} onRetry={() => Promise.all(parts.map((part) => part.reload()))} />;
    return <Waiting />;
  }
  return (
    <main className="screen plans">
      <h1>{t.title}</h1>
      <Content
        limits={limits.data}
        subscription={subscription.data}
        plans={plans.data.plans}
        zone={me.data?.timezone ?? "UTC"}
        onSubscription={subscription.put}
        onChange={() => Promise.all([limits.reload(), subscription.reload()])}
      />
    </main>
  );
}

/** Of the size of what comes. */
function Waiting() {
  const t = useTexts(texts);
  return (
    <main className="screen plans" aria-busy="true">
      <h1>{t.title}</h1>
      <div className="skeleton plans-skeleton-standing" />
      <div className="skeleton plans-skeleton-offers" />
    </main>
  );
}

interface Props {
  readonly limits: UsageLimits;
  readonly subscription: Subscription;
  readonly plans: readonly Plan[];
  readonly zone: string;
  readonly onSubscription: (subscription: Subscription) => void;
  /** What the person has is another one now. */
  readonly onChange: () => Promise<unknown>;
}

function Content({ limits, subscription, plans, zone, onSubscription, onChange }: Props) {
  const receipts = useLoaded("payments", (signal) => loadReceipts(signal));
  const facts = useAppFacts();
  const [chosen, setChosen] = useState(lastChosen);
  const choose = (tier: Tier | undefined) => {
    lastChosen = tier;
    setChosen(tier);
  };
  useScrollBack(true);
  const purchase = usePurchase(() => {
    choose(undefined);
    onChange();
    receipts.reload();
  });
  const { stage } = purchase;
  const isBusy = stage.name === "asking" || stage.name === "awaited";
  useBuyButton(plans, chosen, stage.name, purchase.buy);
  const act = useAct(onSubscription, onChange);
  return (
    <>
      <News stage={stage} subscription={subscription} zone={zone} onDismiss={purchase.dismiss} />
      <UsedUp limits={limits} subscription={subscription} zone={zone} onGoOn={act.end} isBusy={act.isBusy} />
      <Standing limits={limits} subscription={subscription} zone={zone} />
      <Trial plans={plans} subscription={subscription} onBegin={act.begin} isBusy={act.isBusy} />
      <ProblemLine of={act.problem} />
      <Offers
        plans={plans}
        subscription={subscription}
        chosen={chosen}
        onChoose={(tier) => {
          telegram.haptic("selection");
          choose(tier);
        }}
        onPayOther={facts.data?.offers_other_money ? (tier) => purchase.buy(tier, "sbp_tinkoff") : undefined}
        isBusy={isBusy}
      />
      <Ending limits={limits} subscription={subscription} zone={zone} onEnd={act.end} isBusy={act.isBusy} />
      {receipts.data && <Receipts page={receipts.data} onMore={receipts.put} zone={zone} />}
    </>
  );
}

function useBuyButton(
  plans: readonly Plan[],
  chosen: Tier | undefined,
  stage: string,
  buy: (tier: Tier, provider: "telegram_stars") => void,
): void {
  const t = useTexts(texts);
  const names = useTexts(planNames);
  const stars = plans.find(({ tier }) => tier === chosen)?.price_stars;
  useMainButton({
    text: chosen && stars ? fill(t.buy, { plan: names[chosen], price: price(stars, "XTR") }) : t.offers,
    isHidden: !stars || stage === "awaited",
    isBusy: stage === "asking",
    onPress: () => chosen && buy(chosen, "telegram_stars"),
  });
}

/** The trial begins, or a plan is ended. */
function useAct(onSubscription: (subscription: Subscription) => void, onChange: () => Promise<unknown>) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const act = async (call: () => Promise<Subscription>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      onSubscription(await call());
      telegram.haptic("success");
      await onChange();
    } catch (why) {
      if (!(why instanceof Refusal)) throw why;
      telegram.haptic("error");
      setProblem(why);
    } finally {
      setBusy(false);
    }
  };
  const [key] = useState(newKey);
  const headers = { "idempotency-key": key };
  return {
    isBusy,
    problem,
    begin: () => act(() => api("post", "/v1/subscriptions/trial", { headers })),
    end: () => act(() => api("post", "/v1/subscriptions/cancel")),
  };
}
