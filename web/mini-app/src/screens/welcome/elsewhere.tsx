/** Outside of Telegram: where to open it. */
export function Elsewhere() {
  return <main className="screen centered" />;
}
