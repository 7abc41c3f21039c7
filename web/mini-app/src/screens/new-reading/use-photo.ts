/** Photos by all ways into the page: the file dialog, drag and drop, paste. */
import { useEffect, useRef, useState } from "react";
import { useAppFacts } from "../../person";
import { change } from "./draft";
import { outbox } from "./sending";
import { type PhotoFault, shrink, UnusablePhoto } from "./shrink";

export interface PhotoInput {
  readonly take: (file: Blob | undefined | null) => void;
  readonly fault: PhotoFault | undefined;
  readonly isPreparing: boolean;
  /** A file is held over the page. */
  readonly isOver: boolean;
}

/** `isOpen`: whether a photo can be taken now. */
export function usePhotoInput(isOpen: boolean): PhotoInput {
  const [fault, setFault] = useState<PhotoFault>();
  const [isPreparing, setPreparing] = useState(false);
  const newest = useRef(0);
  const bytesMax = useAppFacts().data?.photo_bytes_max ?? Number.POSITIVE_INFINITY;
  const take = async (file: Blob | undefined | null) => {
    if (!file || !isOpen) return;
    newest.current += 1;
    const turn = newest.current;
    setPreparing(true);
    setFault(undefined);
    try {
      const photo = await shrink(file);
      // A later choice counts, and one after which the person has left.
      if (turn !== newest.current) return;
      if (photo.size > bytesMax) throw new UnusablePhoto("tooLarge");
      if (outbox.state.get().kind === "refused") await outbox.discard();
      change({ photo, by: "photo" });
    } catch (why) {
      if (turn === newest.current) setFault(why instanceof UnusablePhoto ? why.fault : "broken");
    }
    if (turn === newest.current) setPreparing(false);
  };
  const latest = useRef(take);
  latest.current = take;
  const isOver = useDropAndPaste(isOpen, (file) => latest.current(file));
  return { take, fault, isPreparing, isOver };
}

function useDropAndPaste(isOpen: boolean, take: (file: File) => void): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    const hasFiles = (data: DataTransfer | null) => data?.types.includes("Files") ?? false;
    const stop = new AbortController();
    const listen = <K extends keyof WindowEventMap>(name: K, handler: (event: WindowEventMap[K]) => void) =>
      window.addEventListener(name, handler, { signal: stop.signal });
    listen("dragover", (event) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      setOver(true);
    });
    listen("dragleave", (event) => !event.relatedTarget && setOver(false));
    listen("drop", (event) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) take(file);
    });
    listen("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      take(file);
    });
    return () => {
      stop.abort();
      setOver(false);
    };
  }, [isOpen, take]);
  return isOver;
}
