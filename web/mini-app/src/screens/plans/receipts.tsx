/** What was paid, and given back. */
import type { Schemas } from "@symancy/client";
import { useState } from "react";
import { api } from "../../api/call";
import { Refusal } from "../../api/refusal";
import { Button } from "../../parts/button";
import { ProblemLine } from "../../parts/problem";
import { Rows } from "../../parts/rows";
import { common } from "../../parts/texts";
import { useTexts } from "../../texts";
import { date } from "../../texts/moment";
import { price } from "../../texts/money";
import type { PaymentDetails } from "./purchase";
import { planNames, texts } from "./texts";

export type PaymentPage = Schemas["Payments"];

const PAGE = 10;

export const loadReceipts = (signal?: AbortSignal, cursor?: string): Promise<PaymentPage> =>
  api("get", "/v1/payments", {
    query: { limit: PAGE, ...(cursor ? { cursor } : {}) },
    ...(signal ? { signal } : {}),
  });

/** An invoice that was never paid is no receipt. */
const isReceipt = ({ paid_at, refunded_at }: PaymentDetails) => Boolean(paid_at ?? refunded_at);

interface Props {
  readonly page: PaymentPage;
  readonly onMore: (page: PaymentPage) => void;
  readonly zone: string;
}

export function Receipts({ page, onMore, zone }: Props) {
  const t = useTexts(texts);
  const words = useTexts(common);
  const [problem, setProblem] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const cursor = page.pagination.next_cursor;
  const more = async () => {
    setBusy(true);
    try {
      const next = await loadReceipts(undefined, cursor ?? undefined);
      onMore({ ...next, data: [...page.data, ...next.data] });
      setProblem(undefined);
    } catch (why) {
      if (!(why instanceof Refusal)) throw why;
      setProblem(why);
    } finally {
      setBusy(false);
    }
  };
  const receipts = page.data.filter(isReceipt);
  if (receipts.length === 0 && !cursor) return null;
  return (
    <>
      <Rows title={t.receipts}>
        {receipts.map((payment) => (
          <Receipt key={payment.id} payment={payment} zone={zone} />
        ))}
      </Rows>
      <ProblemLine of={problem} />
      {cursor && (
        <Button kind="plain" onPress={more} isBusy={isBusy}>
          {words.more}
        </Button>
      )}
    </>
  );
}

function Receipt({ payment, zone }: { payment: PaymentDetails; zone: string }) {
  const t = useTexts(texts);
  const names = useTexts(planNames);
  const { tier, amount, currency, status, created_at, paid_at, refunded_at } = payment;
  return (
    <div className="row">
      <span className="row-text">
        {names[tier]}
        <span className="row-hint">{date(refunded_at ?? paid_at ?? created_at, zone)}</span>
      </span>
      <span className="row-value">
        {price(amount, currency)}
        <span className="row-hint">{t.status[status]}</span>
      </span>
    </div>
  );
}
