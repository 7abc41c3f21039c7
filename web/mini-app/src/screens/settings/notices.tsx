import { Problem, ProblemLine } from "../../parts/problem";
import { Rows, SwitchRow } from "../../parts/rows";
import { Skeletons } from "../../parts/skeletons";
import { Title } from "../../parts/title";
import * as telegram from "../../telegram";
import { useTexts } from "../../texts";
import { useProfile } from "./profile";
import { texts } from "./texts";

/** What the bot may write by itself. */
export function Notices() {
  const t = useTexts(texts);
  const { user, change, problem, reload } = useProfile();
  if (!user) return problem ? <Problem of={problem} onRetry={reload} /> : <Skeletons lines={3} />;
  const { notices } = user;
  const toggle = (name: keyof typeof notices) => (isOn: boolean) => {
    telegram.haptic("selection");
    change({ notices: { [name]: isOn } });
  };
  return (
    <main className="screen">
      <Title>{t.notices}</Title>
      <Rows title={t.noticesTitle} footer={t.noticesHint}>
        <SwitchRow text={t.started} isOn={notices.analysis_started} onChange={toggle("analysis_started")} />
        <SwitchRow text={t.limitFree} isOn={notices.limit_free} onChange={toggle("limit_free")} />
        <SwitchRow text={t.trialEnding} isOn={notices.trial_ending} onChange={toggle("trial_ending")} />
      </Rows>
      <ProblemLine of={problem} />
    </main>
  );
}
