/** `page` is the part of the address after `/settings/`; empty: the list of all. */
export default function Settings(_: { page: string }) {
  return <main className="screen" />;
}
