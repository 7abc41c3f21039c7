/** The product of this run and the world around it: processes that are started, killed and asked. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call, Processes, until } from "../../../deploy/n8n/stage.mjs";

const { ROOT, FOLDER, BINARIES, DATABASE_URL, PORT, SANDBOX_ADDR } = process.env;

export { until };
export const api = `http://127.0.0.1:${PORT}`;
export const sandbox = `http://${SANDBOX_ADDR}`;
export const CUP = join(ROOT, "fixtures/coffee-cup.png");

const processes = new Processes(join(FOLDER, "logs"));

export async function startAll() {
  processes.start("sandbox", join(BINARIES, "sandbox"), [], process.env);
  await until("the sandbox", 60, async () => (await call("GET", `${sandbox}/control/health`)).status === 200);
  await start("api");
  await start("worker");
}

export async function start(name) {
  processes.start(name, join(BINARIES, name), [], process.env);
  if (name === "api") {
    await until("the API is ready", 60, async () => (await call("GET", `${api}/v1/ready`)).status === 200);
  }
}

/** SIGKILL: it cannot clean up. */
export const kill = (name) => processes.end(name, "SIGKILL");

export async function restart(name) {
  await kill(name);
  await start(name);
}

/** Starts what a chapter that broke has left dead. */
export async function revive() {
  for (const name of ["api", "worker"]) if (!processes.running.has(name)) await start(name);
}

export const stopAll = () => processes.endAll();

/** A statement past the API, for what would take too many calls. */
export function sql(statement) {
  execFileSync("psql", [DATABASE_URL, "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement]);
}

/** Faults of the sandbox while `play` runs. */
export async function during(faults, play) {
  await call("PATCH", `${sandbox}/control/faults`, { body: faults });
  try {
    return await play();
  } finally {
    await call("DELETE", `${sandbox}/control/faults`);
  }
}

let lastId = Number(process.env.FIRST_ID ?? 3400);

/** A person who has never been here. */
export class Person {
  static async new(language = "en") {
    lastId += 1;
    const person = new Person();
    person.id = lastId;
    person.language = language;
    /** What Telegram keeps of the app for all of their devices. */
    person.storage = new Map();
    const body = { text: "/start", first_name: "Anna", language_code: language, consent: "ask" };
    const said = await person.control("POST", "messages", body);
    if (said.status !== 201) throw new Error(JSON.stringify(said.body));
    return person;
  }

  control(method, what, body) {
    return call(method, `${sandbox}/control/users/${this.id}/${what}`, { body });
  }

  async initData(more = "") {
    return (await this.control("GET", `init-data${more}`)).body.init_data;
  }

  /** A call of the API as this person, past the app: with another proof, for one belongs to the first who uses it. */
  async asks(method, path, body, headers = {}) {
    this.proof ??= await this.initData(`?auth_date=${Math.floor(Date.now() / 1000) - 60}`);
    return call(method, `${api}${path}`, {
      body,
      headers: { "x-telegram-init-data": this.proof, ...headers },
    });
  }

  async agrees() {
    const answer = await this.asks("PUT", "/v1/users/me/consents", {
      terms_of_use: true,
      privacy_policy: true,
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return this;
  }

  /** A finished reading, past the app. */
  async reads(language = "en") {
    const form = new FormData();
    form.set("image", new Blob([readFileSync(CUP)], { type: "image/png" }), "cup.png");
    const headers = { "idempotency-key": randomBytes(16).toString("hex"), "accept-language": language };
    const accepted = await this.asks("POST", "/v1/analyses", form, headers);
    if (accepted.status !== 202) throw new Error(JSON.stringify(accepted.body));
    const { id } = accepted.body;
    return until("the reading", 60, async () => {
      const { body } = await this.asks("GET", `/v1/analyses/${id}`);
      return body.status === "completed" && body;
    });
  }

  /** All readings, past the app. */
  async readings() {
    return (await this.asks("GET", "/v1/analyses?limit=100")).body.data;
  }

  async pays(slug) {
    const paid = await this.control("POST", "payments", { invoice: slug });
    return paid.status === 201 ? "paid" : "failed";
  }

  stored(method, params) {
    if (method === "saveStorageValue") this.storage.set(params.key, params.value);
    if (method === "deleteStorageValues") for (const key of params.keys) this.storage.delete(key);
    if (method === "getStorageKeys") return [...this.storage.keys()];
    if (method === "getStorageValues") {
      return Object.fromEntries(params.keys.map((key) => [key, this.storage.get(key) ?? ""]));
    }
    return true;
  }
}
