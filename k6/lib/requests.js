// The requests of a visit, each under the name by which the thresholds speak of it, and what is counted of the
// answers.
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import { API, RUN } from "./settings.js";

/** Ids that were answered with 202; each also stands in the log, for the ledger to be asked about. */
const accepted = new Counter("readings_accepted");
/** Statuses of 500 and above, but for 503: a fault, whatever the load. */
const faults = new Counter("answers_that_are_faults");
/** 429 and 503: the API says that it is too much. */
const refusals = new Counter("answers_that_refuse");
/** No answer at all: a timeout, or a connection that was cut. */
const silences = new Counter("requests_without_answer");
/** From the moment at which a reading was accepted to that at which it was complete, by its own timestamps. */
const cycle = new Trend("reading_cycle", true);
/** Uploads that were sent twice under one key, as by a client that lost the first answer. */
const repeated = new Counter("uploads_repeated");

const FOCUS = ["wellbeing", "career", "relationships", "general"];
const ENDED = ["completed", "failed", "canceled"];
const SHARE_OF_REPEATS = 0.01;

// Of a size that people send, and of every kind that they send.
const PHOTOS = [
  { name: "coffee-cup.png", type: "image/png", body: open("../../fixtures/coffee-cup.png", "b") },
  { name: "cup-420.jpg", type: "image/jpeg", body: open("../../fixtures/images/cup-420.jpg", "b") },
  {
    name: "cup-420-progressive.jpg",
    type: "image/jpeg",
    body: open("../../fixtures/images/cup-420-progressive.jpg", "b"),
  },
];

/** One request by a person (by none: `undefined`), counted. */
function send(name, method, path, person, body, headers) {
  const proof = person ? { "X-Telegram-Init-Data": person.initData } : {};
  const response = http.request(method, `${API}${path}`, body, {
    headers: { ...proof, ...headers },
    tags: { name },
    timeout: "60s",
  });
  count(response.status);
  return response;
}

function count(status) {
  if (status === 0) {
    silences.add(1);
  } else if (status === 429 || status === 503) {
    refusals.add(1);
  } else if (status >= 500) {
    faults.add(1);
  }
}

/** The JSON of an answer; an empty object if it has none. */
function json(response) {
  try {
    return response.json() || {};
  } catch {
    return {};
  }
}

/** This process runs, and says so soon. */
export function health() {
  const response = send("get_health", "GET", "/health");
  check(response, {
    "health is answered with 200": (it) => it.status === 200,
    "health is answered within 500 ms": (it) => it.timings.duration < 500,
  });
}

/** Requests can be taken. */
export function readiness() {
  const response = send("get_readiness", "GET", "/ready");
  check(response, { "the API is ready": (it) => json(it).status === "ready" });
}

/** The person, as the Mini App shows them. */
export function me(person) {
  const response = send("get_me", "GET", "/users/me", person);
  check(response, { "the person is answered with 200": (it) => it.status === 200 });
}

/** A newcomer agrees to the terms, without which nothing of theirs is read. */
export function agree(person) {
  const body = JSON.stringify({ terms_of_use: true, privacy_policy: true });
  const headers = { "Content-Type": "application/json" };
  const response = send("agree", "PUT", "/users/me/consents", person, body, headers);
  check(response, { "the consent is kept": (it) => it.status === 200 });
}

/** Sends a photo; its reading as `{ id }`, or `undefined` if it was refused. */
export function sendPhoto(person) {
  const number = exec.scenario.iterationInTest;
  const photo = PHOTOS[number % PHOTOS.length];
  const upload = () =>
    send(
      "create_analysis",
      "POST",
      "/analyses",
      person,
      { image: http.file(photo.body, photo.name, photo.type), focus_area: FOCUS[number % FOCUS.length] },
      { "Idempotency-Key": `k6-${RUN}-${number}` },
    );
  const response = upload();
  const { id } = json(response);
  const taken = check(response, {
    "the photo is answered with 202": (it) => it.status === 202,
    "the reading has an id": () => id !== undefined,
  });
  if (!taken) {
    return undefined;
  }
  accepted.add(1);
  // Read from the log of the run by deploy/k6/k6.sh.
  console.log(`accepted ${id}`);
  if (Math.random() < SHARE_OF_REPEATS) {
    repeat(upload, id);
  }
  return { id };
}

function repeat(upload, id) {
  const response = upload();
  repeated.add(1);
  // Under load the second may be refused like the first; what is taken has to be the same reading.
  check(response, {
    "the same photo under the same key is the same reading": (it) => it.status !== 202 || json(it).id === id,
  });
}

/** The state of a reading; whether it has ended. The time that it took is counted once, by `noteCycle`. */
export function look(person, reading) {
  const response = send("get_reading", "GET", `/analyses/${reading.id}`, person);
  check(response, { "the reading is answered with 200": (it) => it.status === 200 });
  reading.view = json(response);
  return ENDED.includes(reading.view.status);
}

/** Counts how long a reading took, or, if it is not complete yet, how long it has taken until now. */
export function noteCycle(reading) {
  const { created_at: from, completed_at: until, status } = reading.view || {};
  if (from) {
    cycle.add((until ? Date.parse(until) : Date.now()) - Date.parse(from));
    check(reading, { "the reading is complete": () => status === "completed" });
  }
}

/** The newest twenty readings of the person. */
export function history(person) {
  const response = send("get_history", "GET", "/analyses?limit=20", person);
  check(response, {
    "the history is answered with 200": (it) => it.status === 200,
    "the history is not empty": (it) => (json(it).data || []).length > 0,
  });
}

/** What is left of the person's plan. */
export function limits(person) {
  const response = send("get_limits", "GET", "/limits/me", person);
  check(response, { "the limits are answered with 200": (it) => it.status === 200 });
}
