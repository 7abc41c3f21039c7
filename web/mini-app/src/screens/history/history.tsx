export default function History() {
  return <main className="screen" />;
}
