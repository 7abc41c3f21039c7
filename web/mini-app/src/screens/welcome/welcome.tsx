import type { Consents } from "../../person";

/** What this is, and the consent without which nothing is read. */
export function Welcome(_: { consents: Consents; onAgreed: (consents: Consents) => void }) {
  return <main className="screen" />;
}
