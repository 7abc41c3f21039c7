/** Why an act was refused; of a plan that is used up, with the way to the plans. */
import type { Refusal } from "../../api/refusal";
import { Button } from "../../parts/button";
import { ProblemLine } from "../../parts/problem";
import { go } from "../../router";
import { useTexts } from "../../texts";
import { texts } from "./texts";

export function Refused({ why }: { why: Refusal | undefined }) {
  const t = useTexts(texts);
  return (
    <>
      <ProblemLine of={why} />
      {why?.status === 402 && (
        <Button kind="plain" onPress={() => go("/plans")}>
          {t.toPlans}
        </Button>
      )}
    </>
  );
}
