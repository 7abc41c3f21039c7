/** The longest side of a photo that is sent, in pixels: more is not looked at. */
export const SIDE_MAX = 1600;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size within `max` by `max` pixels, of the same shape and never larger than it was. */
export function fit({ width, height }: Size, max = SIDE_MAX): Size {
  const scale = Math.min(1, max / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
