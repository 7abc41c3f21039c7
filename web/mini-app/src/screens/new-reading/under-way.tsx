import { api } from "../../api/call";
import { hasEnded } from "../../api/live";
import { useLoaded } from "../../api/loaded";
import { Icon } from "../../parts/icon";
import { go } from "../../router";
import { useTexts } from "../../texts";
import { texts } from "./texts";

/** The way to a reading that is still being made; of it the person may have lost sight by closing the app. */
export function UnderWay() {
  const t = useTexts(texts);
  const newest = useLoaded("new-newest", (signal) =>
    api("get", "/v1/analyses", { query: { limit: 1 }, signal }),
  );
  const analysis = newest.data?.data[0];
  if (!analysis || hasEnded(analysis)) return null;
  const to = `/readings/${analysis.id}`;
  return (
    <a
      className="card new-way"
      href={`/app${to}`}
      onClick={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      <span>
        {t.underWay}
        <span className="hint small new-second">{t.underWayHint}</span>
      </span>
      <Icon name="next" />
    </a>
  );
}
