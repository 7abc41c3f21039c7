import type { Schemas } from "@symancy/client";
import { useState } from "react";
import { api } from "../../api/call";
import { offline, Refusal } from "../../api/refusal";
import { Button } from "../../parts/button";
import { Problem, ProblemLine } from "../../parts/problem";
import { ButtonRow, LinkRow, Rows } from "../../parts/rows";
import { Skeletons } from "../../parts/skeletons";
import { Title } from "../../parts/title";
import { useConsents, useMe } from "../../person";
import * as telegram from "../../telegram";
import { fill, useTexts } from "../../texts";
import { date } from "../../texts/moment";
import { texts } from "./data-texts";
import { texts as common } from "./texts";

type Consent = Schemas["Consent"];

const isCurrent = ({ accepted, version, current_version }: Consent) =>
  accepted && version === current_version;

/** What the person has agreed to; they can withdraw it, and give it again. */
export function ConsentsPage() {
  const t = useTexts(texts);
  const names = useTexts(common);
  const { data, problem, reload, put } = useConsents();
  const zone = useMe().data?.timezone ?? "UTC";
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  if (!data) return problem ? <Problem of={problem} onRetry={reload} /> : <Skeletons lines={3} />;
  const decide = async (isGiven: boolean) => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const body = { terms_of_use: isGiven, privacy_policy: isGiven };
      put(await api("put", "/v1/users/me/consents", { body }));
      telegram.haptic("success");
    } catch (why) {
      telegram.haptic("error");
      setRefusal(why instanceof Refusal ? why : offline());
    } finally {
      setBusy(false);
    }
  };
  const withdraw = async () => {
    if (await telegram.confirm(t.withdrawAsk, t.withdrawYes)) await decide(false);
  };
  const { terms_of_use, privacy_policy } = data;
  const isGiven = isCurrent(terms_of_use) && isCurrent(privacy_policy);
  const isWithdrawn = !terms_of_use.accepted && !privacy_policy.accepted;
  return (
    <main className="screen">
      <Title>{t.consents}</Title>
      <p className="hint">{t.consentsHint}</p>
      <Rows>
        <LinkRow to="/settings/terms" text={names.terms} hint={agreed(terms_of_use, zone, t)} />
        <LinkRow to="/settings/privacy" text={names.privacy} hint={agreed(privacy_policy, zone, t)} />
      </Rows>
      <p role="status" hidden={!isWithdrawn}>
        {isWithdrawn ? t.withdrawn : ""}
      </p>
      <ProblemLine of={refusal} />
      {isGiven ? (
        <Rows>
          <ButtonRow text={t.withdraw} onPress={withdraw} isDanger isDisabled={isBusy} />
        </Rows>
      ) : (
        <Button onPress={() => decide(true)} isBusy={isBusy}>
          {t.agree}
        </Button>
      )}
    </main>
  );
}

type Words = (typeof texts)["en"];

function agreed(consent: Consent, zone: string, t: Words): string {
  const { accepted, accepted_at, version, current_version } = consent;
  if (!accepted || !accepted_at) return t.notAgreed;
  if (!isCurrent(consent)) return fill(t.agreedOld, { version: version ?? "", current: current_version });
  return fill(t.agreed, { when: date(accepted_at, zone), version: version ?? "" });
}
