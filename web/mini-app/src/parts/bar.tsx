import "./bar.css";

interface BarProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** The same in words, for those who hear it. */
  readonly text: string;
}

/** How much of something there is. */
export function Bar({ label, value, max, text }: BarProps) {
  const share = max > 0 ? Math.min(Math.max(value / max, 0), 1) : 0;
  return (
    <div className="bar">
      <meter className="visually-hidden" aria-label={label} aria-valuetext={text} max={max} value={value} />
      <div className="bar-fill" style={{ width: `${share * 100}%` }} />
    </div>
  );
}

/** Something is under way, and how far is not known. */
export function BusyBar({ label }: { label: string }) {
  return (
    <div className="bar" role="progressbar" aria-label={label}>
      <div className="bar-fill bar-busy" />
    </div>
  );
}
