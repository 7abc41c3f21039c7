/** A reading in the list. */
import { useEffect, useState } from "react";
import { type Analysis, hasEnded } from "../../api/live";
import { Icon } from "../../parts/icon";
import { common } from "../../parts/texts";
import { go } from "../../router";
import { day, hour, useTexts } from "../../texts";
import { useReading } from "../reading/use-reading";
import { excerpt } from "./rules";
import { rememberSight, rowOf } from "./sight";
import { texts } from "./texts";

interface Props {
  readonly reading: Analysis;
  readonly renew: (id: string) => void;
}

export function Item({ reading, renew }: Props) {
  return hasEnded(reading) ? (
    <Row reading={reading} renew={renew} />
  ) : (
    <UnderWay reading={reading} renew={renew} />
  );
}

/** Watched until it has ended. */
function UnderWay({ reading, renew }: Props) {
  const { analysis } = useReading(reading.id);
  const isRead = analysis?.status === "completed";
  // It has a thumbnail now.
  useEffect(() => {
    if (isRead) renew(reading.id);
  }, [isRead, renew, reading.id]);
  return <Row reading={{ ...reading, ...analysis }} renew={renew} />;
}

function Row({ reading, renew }: Props) {
  const { focus } = useTexts(common);
  const to = `/readings/${reading.id}`;
  return (
    <li id={rowOf(reading.id)} className="history-item">
      <a
        href={`/app${to}`}
        onClick={(event) => {
          event.preventDefault();
          rememberSight(reading.id);
          go(to);
        }}
      >
        <Thumbnail reading={reading} renew={renew} />
        <span className="history-text">
          <span className="history-head small hint">
            <time dateTime={reading.created_at}>
              {day(reading.created_at)}, {hour(reading.created_at)}
            </time>
            <span>{focus[reading.focus_area]}</span>
            <Stars of={reading.user_rating ?? 0} />
          </span>
          <Words of={reading} />
        </span>
      </a>
    </li>
  );
}

function Words({ of: { analysis, error, status } }: { of: Analysis }) {
  const t = useTexts(texts);
  if (analysis) return <span className="history-words">{excerpt(analysis.intro)}</span>;
  if (status === "failed") {
    return (
      <span className="history-words history-state">
        {t.failed}. {excerpt(error?.message ?? "", 90)}
      </span>
    );
  }
  return (
    <span className={`history-words history-state ${status === "canceled" ? "" : "history-under-way"}`}>
      {status === "canceled" ? t.canceled : t.underWay}
    </span>
  );
}

function Stars({ of }: { of: number }) {
  const t = useTexts(texts);
  if (of === 0) return null;
  return (
    <span>
      <span aria-hidden="true">★ {of}</span>
      <span className="visually-hidden">{t.rated.replace("#", String(of))}</span>
    </span>
  );
}

function Thumbnail({ reading, renew }: Props) {
  const url = reading.thumbnail?.url;
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    if (failed) renew(reading.id);
  }, [failed]);
  return (
    <span className="history-thumbnail">
      {url && url !== failed ? (
        <img
          src={url}
          alt=""
          width="72"
          height="72"
          loading="lazy"
          decoding="async"
          onError={() => setFailed(url)}
        />
      ) : (
        <Icon name={reading.input_type === "text" ? "words" : "cup"} />
      )}
    </span>
  );
}

/** As many and as high as the readings that come. */
export function ItemSkeletons() {
  const t = useTexts(common);
  return (
    <div className="history-items" aria-busy="true" aria-label={t.loading} role="status">
      {[1, 2, 3, 4, 5].map((at) => (
        <div key={at} className="history-item skeleton" />
      ))}
    </div>
  );
}
