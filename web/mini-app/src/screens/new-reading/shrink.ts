/**
 * Makes a photo small before it is sent, whatever its size: at most 1600 pixels a side, as JPEG, and less
 * where it is rich in detail, so that it goes out fast. That also takes out what the camera wrote beside
 * the picture (place, time, device).
 */
import { HEAD, kindOf } from "./file-kind";
import { fit, SIDE_MAX, type Size } from "./fit";

export type PhotoFault = "notPhoto" | "heic" | "broken" | "tooLarge";

/** A file that cannot be sent. */
export class UnusablePhoto extends Error {
  constructor(readonly fault: PhotoFault) {
    super(fault);
  }
}

/** Larger files are not opened: a phone's memory may not suffice. */
const FILE_BYTES_MAX = 60 * 1024 * 1024;
/** Sent in 1.1 seconds at 1 Mbit/s. */
const BYTES_GOOD = 140_000;
/** From the finest on, until one is small enough. The least has more pixels still than the AI is shown. */
const TRIES = [
  { side: SIDE_MAX, quality: 0.85 },
  { side: SIDE_MAX, quality: 0.72 },
  { side: 1280, quality: 0.75 },
  { side: 1024, quality: 0.75 },
] as const;

type Drawable = Size & { readonly image: CanvasImageSource; readonly free: () => void };

/** @throws {UnusablePhoto} */
export async function shrink(file: Blob): Promise<Blob> {
  if (file.size > FILE_BYTES_MAX) throw new UnusablePhoto("tooLarge");
  const head = await file
    .slice(0, HEAD)
    .arrayBuffer()
    .catch(() => {
      throw new UnusablePhoto("broken");
    });
  const kind = kindOf(new Uint8Array(head));
  if (kind === "other") throw new UnusablePhoto("notPhoto");
  const decoded = await decode(file).catch(() => {
    throw new UnusablePhoto(kind === "heif" ? "heic" : "broken");
  });
  try {
    return await smallest(decoded);
  } finally {
    decoded.free();
  }
}

/** Upright, as the camera was held. Web views without `from-image` refuse it and turn an `<img>` by themselves. */
async function decode(file: Blob): Promise<Drawable> {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    return { image, width: image.width, height: image.height, free: () => image.close() };
  } catch {
    return decodeByElement(file);
  }
}

async function decodeByElement(file: Blob): Promise<Drawable> {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  const free = () => URL.revokeObjectURL(image.src);
  try {
    await image.decode();
  } catch (why) {
    free();
    throw why;
  }
  return { image, width: image.naturalWidth, height: image.naturalHeight, free };
}

async function smallest(picture: Drawable): Promise<Blob> {
  let blob: Blob | undefined;
  for (const { side, quality } of TRIES) {
    blob = await encode(picture, side, quality);
    if (blob.size <= BYTES_GOOD) break;
  }
  if (!blob) throw new UnusablePhoto("broken");
  return blob;
}

async function encode({ image, ...size }: Drawable, side: number, quality: number): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const { width, height } = fit(size, side);
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context || size.width === 0) throw new UnusablePhoto("broken");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  // iOS keeps the memory of a canvas for long unless it is made small.
  canvas.width = 0;
  if (!blob) throw new UnusablePhoto("broken");
  return blob;
}
