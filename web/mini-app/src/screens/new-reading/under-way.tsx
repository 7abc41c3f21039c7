import { hasEnded } from "../../api/live";
import { Icon } from "../../parts/icon";
import { go } from "../../router";
import { useTexts } from "../../texts";
import { useNewest } from "./newest";
import { texts } from "./texts";

/** The way to a reading that is still being made; of it the person may have lost sight by closing the app. */
export function UnderWay() {
  const t = useTexts(texts);
  const analysis = useNewest();
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
