/** The picture of a card, drawn anew when its words or its shape change. */
import { useEffect, useState } from "react";
import { type Card, draw, photograph } from "./card";

/** As the API takes it. */
const BYTES_MAX = 1_000_000;

export interface Picture {
  readonly url: string;
  readonly file: File;
}

/** `undefined` while it is drawn, `null` where it cannot be. */
export function useCard(card: Card): Picture | null | undefined {
  const [picture, set] = useState<Picture | null>();
  const { format, seed, title, text, footer, language } = card;
  useEffect(() => {
    let url = "";
    let isOver = false;
    pictureOf({ format, seed, title, text, footer, language }).then(
      (file) => {
        if (isOver) return;
        url = URL.createObjectURL(file);
        set({ url, file });
      },
      () => !isOver && set(null),
    );
    return () => {
      isOver = true;
      if (url) URL.revokeObjectURL(url);
      set(undefined);
    };
  }, [format, seed, title, text, footer, language]);
  return picture;
}

async function pictureOf(card: Card): Promise<File> {
  const canvas = document.createElement("canvas");
  draw(canvas, card);
  const blob = await photograph(canvas, BYTES_MAX);
  return new File([blob], "symancy.jpg", { type: blob.type });
}
