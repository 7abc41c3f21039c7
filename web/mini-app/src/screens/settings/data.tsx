import { useEffect, useState } from "react";
import { api, newKey } from "../../api/call";
import { type Loaded, useLoaded } from "../../api/loaded";
import { offline, Refusal } from "../../api/refusal";
import { BusyBar } from "../../parts/bar";
import { Button } from "../../parts/button";
import { Problem, ProblemLine } from "../../parts/problem";
import { ButtonRow, LinkRow, Rows } from "../../parts/rows";
import { Skeletons } from "../../parts/skeletons";
import { Title } from "../../parts/title";
import { useMe } from "../../person";
import * as telegram from "../../telegram";
import { fill, useTexts } from "../../texts";
import { date, moment } from "../../texts/moment";
import { texts } from "./data-texts";
import { canAskForCopy, type Export, isBeingMade, isHere } from "./exports";

/** A copy of everything, and the way to its end. */
export function DataPage() {
  const t = useTexts(texts);
  const exports = useLoaded("exports", async (signal) => {
    const list = await api("get", "/v1/users/me/exports", { signal });
    return list.exports;
  });
  useUntilMade(exports);
  if (!exports.data) {
    return exports.problem ? (
      <Problem of={exports.problem} onRetry={exports.reload} />
    ) : (
      <Skeletons lines={3} />
    );
  }
  return (
    <main className="screen">
      <Title>{t.data}</Title>
      <p className="hint">{t.dataHint}</p>
      <Copies exports={exports.data} reload={exports.reload} />
      <Rows>
        <LinkRow to="/settings/delete" text={t.deletion} hint={t.deletionHint} isDanger />
      </Rows>
    </main>
  );
}

/** Asks again, ever less often, while a copy is being made. */
function useUntilMade({ data, reload }: Loaded<readonly Export[]>): void {
  const isMade = !data?.some(isBeingMade);
  useEffect(() => {
    if (isMade) return;
    let delay = 2_000;
    let timer = setTimeout(async function ask() {
      await reload();
      delay = Math.min(delay * 1.5, 15_000);
      timer = setTimeout(ask, delay);
    }, delay);
    return () => clearTimeout(timer);
  }, [isMade, reload]);
}

function Copies({ exports, reload }: { exports: readonly Export[]; reload: () => Promise<void> }) {
  const t = useTexts(texts);
  const { isBusy, problem, act } = useAct();
  const [key, setKey] = useState(newKey);
  const ask = () =>
    act(async () => {
      await api("post", "/v1/users/me/exports", { headers: { "idempotency-key": key } });
      telegram.haptic("success");
      // Asked for again, it is another copy.
      setKey(newKey());
      await reload();
    });
  const download = ({ id }: Export) =>
    act(async () => {
      // Each answer has a fresh link, which ends within the hour.
      const { download: link } = await api("get", "/v1/users/me/exports/{id}", { path: { id } });
      if (link) telegram.openLink(link.url);
      else await reload();
    });
  const isMaking = exports.some(isBeingMade);
  const done = exports.filter((one) => !isBeingMade(one)).slice(0, 5);
  return (
    <>
      <section className="card settings-note">
        <h2>{isMaking ? t.copyBusy : t.copy}</h2>
        {isMaking && <BusyBar label={t.copyBusy} />}
        <p className="hint" role="status">
          {isMaking ? t.copyBusyHint : t.copyHint}
        </p>
        {!isMaking && canAskForCopy(exports, new Date()) && (
          <Button kind="plain" onPress={ask} isBusy={isBusy}>
            {t.copyAsk}
          </Button>
        )}
      </section>
      <ProblemLine of={problem} />
      {done.length > 0 && (
        <Rows>
          {done.map((one) => (
            <CopyRow key={one.id} of={one} onDownload={() => download(one)} isBusy={isBusy} />
          ))}
        </Rows>
      )}
    </>
  );
}

interface CopyRowProps {
  readonly of: Export;
  readonly onDownload: () => void;
  readonly isBusy: boolean;
}

function CopyRow({ of, onDownload, isBusy }: CopyRowProps) {
  const t = useTexts(texts);
  const zone = useMe().data?.timezone ?? "UTC";
  const text = fill(t.copyOf, { when: moment(of.created_at, zone) });
  if (of.status === "completed" && of.expires_at && isHere(of, new Date())) {
    const hint = fill(t.copyUntil, { end: date(of.expires_at, zone) });
    return <ButtonRow text={text} hint={hint} value={t.download} onPress={onDownload} isDisabled={isBusy} />;
  }
  return (
    <div className="row">
      <span className="row-text">
        {text}
        <span className="row-hint">{of.status === "failed" ? t.copyFailed : t.copyGone}</span>
      </span>
    </div>
  );
}

function useAct() {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const act = async (call: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await call();
    } catch (why) {
      telegram.haptic("error");
      setProblem(why instanceof Refusal ? why : offline());
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, act };
}
