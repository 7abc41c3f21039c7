export default function Plans() {
  return <main className="screen" />;
}
