/** The plans that are sold, and what is to be known before one is bought. */

import { Anchor } from "../../parts/anchor";
import { Button } from "../../parts/button";
import { ChoiceRow, Rows } from "../../parts/rows";
import type { Subscription } from "../../person";
import { count, fill, useTexts } from "../../texts";
import { minorUnits, price } from "../../texts/money";
import { beginning, isPaid, type Plan, type Tier } from "./rules";
import { planNames, texts } from "./texts";

type Words = (typeof texts)["en"];

interface Props {
  readonly plans: readonly Plan[];
  readonly subscription: Subscription;
  readonly chosen: Tier | undefined;
  readonly onChoose: (tier: Tier) => void;
  /** Pays with other money than Stars, where that is allowed. */
  readonly onPayOther: ((tier: Tier) => void) | undefined;
  readonly isBusy: boolean;
}

export function Offers({ plans, subscription, chosen, onChoose, onPayOther, isBusy }: Props) {
  const t = useTexts(texts);
  const names = useTexts(planNames);
  const isMine = ({ tier }: Plan) => tier === subscription.tier && isPaid(subscription, new Date());
  const sold = plans.filter(({ price_stars }) => price_stars);
  return (
    <fieldset className="plans-offers" disabled={isBusy}>
      <legend className="visually-hidden">{t.offers}</legend>
      <Rows title={t.offers}>
        {sold.map((plan) => (
          <ChoiceRow
            key={plan.tier}
            name="plan"
            text={isMine(plan) ? `${names[plan.tier]} · ${t.yours}` : names[plan.tier]}
            hint={contents(plan, t)}
            value={price(plan.price_stars ?? 0, "XTR")}
            isChosen={plan.tier === chosen}
            onChoose={() => onChoose(plan.tier)}
          />
        ))}
      </Rows>
      {sold.map(
        (plan) =>
          plan.tier === chosen && (
            <Chosen key={plan.tier} plan={plan} subscription={subscription} onPayOther={onPayOther} />
          ),
      )}
    </fieldset>
  );
}

function contents({ daily_analyses_limit, monthly_analyses_limit }: Plan, t: Words): string {
  const daily = daily_analyses_limit ? count(daily_analyses_limit, t.daily) : t.noLimitDaily;
  return `${daily} · ${monthly_analyses_limit ? count(monthly_analyses_limit, t.monthly) : t.noLimitMonthly}`;
}

type ChosenProps = Pick<Props, "subscription" | "onPayOther"> & { readonly plan: Plan };

function Chosen({ plan, subscription, onPayOther }: ChosenProps) {
  const t = useTexts(texts);
  const now = new Date();
  const begins = beginning(subscription, plan.tier, now);
  const isOver = begins === "now" && isPaid(subscription, now);
  return (
    <div className="plans-chosen">
      <p className="hint small" role="status">
        {t.begins[begins]} {isOver && t.underneath}
      </p>
      <p className="hint small">
        {t.agree} <Anchor to="/settings/terms">{t.terms}</Anchor>
      </p>
      {onPayOther && plan.price_rub && (
        <Button kind="plain" onPress={() => onPayOther(plan.tier)}>
          {fill(t.buyOther, { price: price(minorUnits(plan.price_rub), "RUB") })}
        </Button>
      )}
    </div>
  );
}
