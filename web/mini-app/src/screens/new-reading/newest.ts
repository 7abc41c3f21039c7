import type { Schemas } from "@symancy/client";
import { api } from "../../api/call";
import { useLoaded } from "../../api/loaded";

/** The person's last reading, however it ended; `undefined` while it is unknown and if there is none. */
export function useNewest(): Schemas["Analysis"] | undefined {
  const list = useLoaded("new-newest", (signal) =>
    api("get", "/v1/analyses", { query: { limit: 1 }, signal }),
  );
  return list.data?.data[0];
}
