import { beforeEach, expect, test } from "vitest";
import { enter, path } from "./router";

beforeEach(() => window.history.replaceState(null, "", "/app/"));

test.each([
  ["?reading=0198c0de-0000-7000-8000-000000000001", "/readings/0198c0de-0000-7000-8000-000000000001"],
  ["?page=history", "/history"],
  ["?page=settings", "/settings"],
  ["?page=elsewhere", "/"],
  ["?reading=../settings", "/readings/..%2Fsettings"],
  ["", "/"],
])("a button of the chat with %s opens %s", (search, screen) => {
  window.history.replaceState(null, "", `/app/${search}`);
  enter();
  expect(path()).toBe(screen);
});
