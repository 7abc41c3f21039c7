/** A reading: while it comes into being, and when it is there. */
export default function ReadingScreen(_: { id: string }) {
  return <main className="screen" />;
}
