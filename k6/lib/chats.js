// Before a run: opens chats with the bot in the sandbox, because a bot cannot write to people first. Of everyone who has
// a history, or of the first CHATS: their readings go all the way into the chat.
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { FIRST } from "./people.js";
import { PEOPLE } from "./settings.js";

const CHATS = Number(__ENV.CHATS || PEOPLE);
const SANDBOX = __ENV.SANDBOX_URL || "http://127.0.0.1:4010";

export const options = {
  scenarios: { chats: { executor: "shared-iterations", vus: 8, iterations: CHATS } },
  thresholds: { checks: ["rate==1"] },
};

export default function () {
  const person = FIRST + exec.scenario.iterationInTest;
  const body = JSON.stringify({ status: "member" });
  const response = http.post(`${SANDBOX}/control/users/${person}/membership`, body, {
    headers: { "Content-Type": "application/json" },
  });
  check(response, { "the chat is open": (it) => it.status === 201 });
}

export function handleSummary() {
  return {};
}
