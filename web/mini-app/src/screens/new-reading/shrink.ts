/**
 * Makes a photo small before it is sent, whatever its size: at most 1600 pixels a side, as JPEG. That also
 * takes out what the camera wrote beside the picture (place, time, device).
 */
import { HEAD, kindOf } from "./file-kind";
import { fit, type Size } from "./fit";

export type PhotoFault = "notPhoto" | "heic" | "broken" | "tooLarge";

/** A file that cannot be sent. */
export class UnusablePhoto extends Error {
  constructor(readonly fault: PhotoFault) {
    super(fault);
  }
}

/** Larger files are not opened: a phone's memory may not suffice. */
const FILE_BYTES_MAX = 60 * 1024 * 1024;
const QUALITY = 0.85;

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
    return await draw(decoded);
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

async function draw({ image, ...size }: Drawable): Promise<Blob> {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, fit(size));
  const context = canvas.getContext("2d");
  if (!context || size.width === 0) throw new UnusablePhoto("broken");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  // iOS keeps the memory of a canvas for long unless it is made small.
  canvas.width = 0;
  if (!blob) throw new UnusablePhoto("broken");
  return blob;
}
