// The report of a run: summary.json with every figure of k6, and report.md with those that have a goal.
import { REPORT, SCALE } from "./settings.js";

/** k6 calls this `handleSummary`; a scenario exports it under that name. */
export function summaryOf(name) {
  return (data) => {
    const report = markdown(name, data);
    return {
      [`${REPORT}/summary.json`]: JSON.stringify(data, null, 2),
      [`${REPORT}/report.md`]: report,
      stdout: `\n${report}\n`,
    };
  };
}

function markdown(name, data) {
  const goals = goalsOf(data.metrics);
  return [
    `# Load test: ${name}`,
    "",
    `SCALE ${SCALE}, ${took(data)}. ${goals.every(({ ok }) => ok) ? "Every goal is reached." : "NOT every goal is reached."}`,
    "",
    ...table(["measured", "goal", "reached", ""], goals.map(lineOfGoal)),
    "",
    ...table(["requests", "number", "median ms", "p95 ms", "p99 ms", "slowest ms"], requestsOf(data.metrics)),
    "",
    ...table(["counted", "number"], countersOf(data.metrics)),
    "",
  ].join("\n");
}

const took = ({ state }) => `${Math.round((state?.testRunDurationMs || 0) / 1000)} s`;
const valuesOf = (metric) => metric.values || metric;
const shown = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "-");

/** The thresholds: `{ what, goal, value, ok }`. */
function goalsOf(metrics) {
  return Object.keys(metrics)
    .sort()
    .flatMap((what) =>
      Object.entries(metrics[what].thresholds || {}).map(([goal, { ok }]) => {
        // The first word of `p(95)<1000` is the figure that it speaks of.
        const [figure] = goal.split(/[<>=!]/);
        return { what, goal, value: valuesOf(metrics[what])[figure.trim()], ok };
      }),
    );
}

const lineOfGoal = ({ what, goal, value, ok }) => [
  what,
  `\`${goal}\``,
  shown(value),
  ok ? "ok" : "**NOT REACHED**",
];

/** All requests, and those of each name that has a goal. */
function requestsOf(metrics) {
  return Object.keys(metrics)
    .filter((name) => /^http_req_duration(\{(name|people):|$)/.test(name))
    .sort()
    .map((name) => {
      const values = valuesOf(metrics[name]);
      const what = name.replace(/^http_req_duration/, "").replace(/[{}]/g, "") || "all";
      return [what, ...["count", "med", "p(95)", "p(99)", "max"].map((figure) => shown(values[figure]))];
    });
}

function countersOf(metrics) {
  const names = Object.keys(metrics).filter(
    (name) => metrics[name].type === "counter" && !name.startsWith("data_"),
  );
  return names.sort().map((name) => [name, shown(valuesOf(metrics[name]).count)]);
}

function table(head, lines) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...lines.map(line)];
}
