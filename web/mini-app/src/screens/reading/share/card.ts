/** The card of a reading: paper, the cup from above, some of its words. The same in every theme. */
import { drawCup } from "./cup";
import { type Box, fit, gapOf, type Measure, type Setting } from "./lines";
import { drawPaper } from "./paper";

export type Format = "card" | "story";

export interface Card {
  readonly format: Format;
  /** Two cards of one reading have the same cup, those of two have not. */
  readonly seed: string;
  readonly title: string;
  readonly text: string;
  /** The day and the focus. */
  readonly footer: string;
  /** IETF tag: Chinese characters have other forms in other languages. */
  readonly language: string;
}

interface Layout extends Box {
  readonly top: number;
  readonly bottom: number;
  readonly cup: number;
}

/** `top` and `bottom` are where the words may stand; of a story its ends are beneath Telegram's buttons. */
const LAYOUTS: Readonly<Record<Format, Layout>> = {
  card: { width: 1080, height: 1350, cup: 206, top: 358, bottom: 1118 },
  story: { width: 1080, height: 1920, cup: 440, top: 640, bottom: 1490 },
};

const MARGIN = 124;
const INK = "#3b2417";
const FADED = "#7d5f48";
const SERIF =
  '"Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia, "Songti SC", "Noto Serif CJK SC", serif';
const TITLE_SIZES = [66, 58, 50, 44];
const TEXT_SIZES = [54, 50, 46, 43, 40, 37, 34, 32];
/** Between the title and the words. */
const SPACE = 36;

export function draw(canvas: HTMLCanvasElement, card: Card): void {
  const layout = LAYOUTS[card.format];
  canvas.width = layout.width;
  canvas.height = layout.height;
  canvas.lang = card.language;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas here");
  const random = randomOf(card.seed);
  drawPaper(context, layout, random);
  drawCup(context, { x: layout.width / 2, y: layout.cup, radius: 82 }, random);
  drawWords(context, card, layout);
  drawFooter(context, card, layout);
}

function drawWords(context: CanvasRenderingContext2D, card: Card, layout: Layout): void {
  const width = layout.width - 2 * MARGIN;
  const room = layout.bottom - layout.top;
  const measureAt = (weight: number) => measurer(context, weight);
  const title = fit(card.title, { width, height: 230 }, TITLE_SIZES, measureAt(600));
  const above = card.title ? title.height + SPACE : 0;
  const words = fit(card.text, { width, height: room - above }, TEXT_SIZES, measureAt(400));
  const isShort = words.paragraphs.flat().length < 6;
  let y = layout.top + (room - above - words.height) / 2;
  context.fillStyle = INK;
  if (card.title) {
    write(context, title, 600, "center", y);
    y += above;
  }
  write(context, words, 400, isShort ? "center" : "left", y);
}

const measurer =
  (context: CanvasRenderingContext2D, weight: number) =>
  (size: number): Measure => {
    const font = `${weight} ${size}px ${SERIF}`;
    return (text) => {
      context.font = font;
      return context.measureText(text).width;
    };
  };

function write(
  context: CanvasRenderingContext2D,
  setting: Setting,
  weight: number,
  align: "center" | "left",
  top: number,
): void {
  context.font = `${weight} ${setting.size}px ${SERIF}`;
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  const x = align === "center" ? context.canvas.width / 2 : MARGIN;
  let y = top + (setting.lineHeight + setting.size * 0.7) / 2;
  for (const paragraph of setting.paragraphs) {
    for (const line of paragraph) {
      context.fillText(line, x, y);
      y += setting.lineHeight;
    }
    y += gapOf(setting);
  }
}

function drawFooter(context: CanvasRenderingContext2D, card: Card, { width, bottom }: Layout): void {
  const middle = width / 2;
  context.textAlign = "center";
  context.fillStyle = INK;
  context.font = `500 46px ${SERIF}`;
  context.fillText("Symancy", middle, bottom + 80);
  context.fillStyle = FADED;
  context.font = `400 28px ${SERIF}`;
  context.fillText(card.footer, middle, bottom + 126, width - 2 * MARGIN);
  context.strokeStyle = "rgb(125 95 72 / 45%)";
  context.lineWidth = 2;
  for (const side of [-1, 1]) {
    context.beginPath();
    context.moveTo(middle + side * 130, bottom + 66);
    context.lineTo(middle + side * 260, bottom + 66);
    context.stroke();
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: string): () => number {
  let state = [...seed].reduce(
    (hash, one) => Math.imul(hash ^ (one.codePointAt(0) ?? 0), 16777619),
    2166136261,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** As a JPEG of at most `bytesMax`. */
export async function photograph(canvas: HTMLCanvasElement, bytesMax: number): Promise<Blob> {
  for (const quality of [0.92, 0.85, 0.7, 0.5]) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob && blob.size <= bytesMax) return blob;
  }
  throw new Error("no picture of the card");
}
