import { useTexts } from "../texts";
import { common } from "./texts";

/** The shape of a screen that is loading. */
export function Skeletons({ lines = 4 }: { lines?: number }) {
  const t = useTexts(common);
  return (
    <main className="screen" aria-busy="true" aria-label={t.loading}>
      <div className="skeleton skeleton-title" />
      {Array.from({ length: lines }, (_, at) => (
        <div key={at} className="skeleton skeleton-line" />
      ))}
    </main>
  );
}
