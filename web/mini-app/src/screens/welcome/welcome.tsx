import { Fragment, useState } from "react";
import { api } from "../../api/call";
import { offline, Refusal } from "../../api/refusal";
import { Cup } from "../../parts/cup";
import { Icon, type IconName } from "../../parts/icon";
import { ProblemLine } from "../../parts/problem";
import type { Consents } from "../../person";
import { go } from "../../router";
import * as telegram from "../../telegram";
import { useMainButton } from "../../telegram/buttons";
import { useTexts } from "../../texts";
import { texts } from "./texts";
import "./welcome.css";

interface Props {
  readonly consents: Consents;
  readonly onAgreed: (consents: Consents) => void;
}

/** What this is, and the consent without which nothing is read. */
export function Welcome({ consents, onAgreed }: Props) {
  const t = useTexts(texts);
  const agreement = useAgreement(onAgreed);
  useMainButton({ text: t.agree, onPress: agreement.agree, isBusy: agreement.isBusy });
  const hasAgreedBefore = consents.terms_of_use.accepted && consents.privacy_policy.accepted;
  return (
    <main className="screen welcome">
      <div className="welcome-picture">
        <Cup />
      </div>
      <h1>{t.title}</h1>
      {hasAgreedBefore && <p className="card">{t.changed}</p>}
      <ul className="welcome-list">
        <Point icon="cup" title={t.what} text={t.whatHint} />
        <Point icon="camera" title={t.photo} text={t.photoHint} />
        <Point icon="star" title={t.play} text={t.playHint} />
      </ul>
      <p className="hint small welcome-consent">
        <Sentence text={t.by} />
      </p>
      <ProblemLine of={agreement.problem} />
    </main>
  );
}

function useAgreement(onAgreed: Props["onAgreed"]) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const agree = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const body = { terms_of_use: true, privacy_policy: true };
      const agreed = await api("put", "/v1/users/me/consents", { body });
      telegram.haptic("success");
      onAgreed(agreed);
    } catch (why) {
      telegram.haptic("error");
      setProblem(why instanceof Refusal ? why : offline());
      setBusy(false);
    }
  };
  return { agree, isBusy, problem };
}

function Point({ icon, title, text }: { icon: IconName; title: string; text: string }) {
  return (
    <li className="welcome-point">
      <Icon name={icon} />
      <div>
        <h2>{title}</h2>
        <p className="hint">{text}</p>
      </div>
    </li>
  );
}

/** A text in which `{terms}` and `{privacy}` are links: the order of the words is the language's. */
function Sentence({ text }: { text: string }) {
  const t = useTexts(texts);
  return (
    <>
      {text.split(/(\{terms\}|\{privacy\})/).map((piece) => {
        if (piece === "{terms}") return <Document key={piece} to="/settings/terms" name={t.terms} />;
        if (piece === "{privacy}") return <Document key={piece} to="/settings/privacy" name={t.privacy} />;
        return <Fragment key={piece}>{piece}</Fragment>;
      })}
    </>
  );
}

function Document({ to, name }: { to: string; name: string }) {
  const open = (event: Event) => {
    event.preventDefault();
    go(to);
  };
  return (
    <a href={`/app${to}`} className="welcome-document" onClick={open}>
      {name}
    </a>
  );
}
