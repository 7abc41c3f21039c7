export function NewReading() {
  return <main className="screen" />;
}
