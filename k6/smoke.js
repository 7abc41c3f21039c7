// Smoke: one person for a minute, whatever SCALE is. Every request answers, and every photo becomes a reading.
// Section 12.3, scenario 1.
import { sleep } from "k6";
import { regular } from "./lib/people.js";
import { summaryOf } from "./lib/report.js";
import { health, history, limits, look, me, noteCycle, readiness, sendPhoto } from "./lib/requests.js";
import { CARRIED, STATISTICS, thresholds } from "./lib/thresholds.js";

const LOOKS = 30;

export const options = {
  scenarios: { smoke: { executor: "constant-vus", vus: 1, duration: "1m" } },
  thresholds: thresholds({
    checks: 1,
    names: [
      "create_analysis",
      "get_history",
      "get_limits",
      "get_me",
      "get_reading",
      "get_health",
      "get_readiness",
    ],
    more: CARRIED,
  }),
  summaryTrendStats: STATISTICS,
  userAgent: "symancy-k6",
};

export default function () {
  const person = regular();
  health();
  readiness();
  me(person);
  sleep(1);
  const reading = sendPhoto(person);
  for (let looks = 0; reading && looks < LOOKS; looks += 1) {
    sleep(1);
    if (look(person, reading)) {
      break;
    }
  }
  if (reading) {
    noteCycle(reading);
  }
  history(person);
  limits(person);
  sleep(1);
}

export const handleSummary = summaryOf("smoke");
