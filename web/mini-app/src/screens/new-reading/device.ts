/** The outbox's place on the device: IndexedDB, one entry for each person who uses this app here. */
import type { Act, Content, Device } from "./outbox";

const TABLE = "outbox";
/** A web view whose IndexedDB never answers (WebKit bug 226547) must not hold up the photo. */
const PATIENCE = 1_500;

type Row = Omit<Act, "content"> & {
  readonly content: { readonly photo: ArrayBuffer } | { readonly words: string };
};

export function deviceOf(owner: string): Device {
  return {
    async load() {
      const row = await request<Row | undefined>("readonly", (table) => table.get(owner));
      if (!row) return undefined;
      return { ...row, content: opened(row.content) };
    },
    async save(act) {
      const row: Row = { ...act, content: await packed(act.content) };
      await request("readwrite", (table) => table.put(row, owner));
    },
    async clear() {
      await request("readwrite", (table) => table.delete(owner));
    },
  };
}

/** As bytes: older WebKits lose blobs. */
async function packed(content: Content): Promise<Row["content"]> {
  return "photo" in content ? { photo: await content.photo.arrayBuffer() } : content;
}

function opened(content: Row["content"]): Content {
  return "photo" in content ? { photo: new Blob([content.photo], { type: "image/jpeg" }) } : content;
}

async function request<T>(
  mode: IDBTransactionMode,
  ask: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("no answer")), PATIENCE));
  return Promise.race([late, answered(mode, ask)]);
}

async function answered<T>(
  mode: IDBTransactionMode,
  ask: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode);
      const asked = ask(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = window.indexedDB.open("symancy", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
