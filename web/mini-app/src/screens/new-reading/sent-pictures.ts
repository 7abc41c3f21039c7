/** The picture of a reading that was just asked for, while the app is open: shown until the reading is there. */
const pictures = new Map<string, string>();

export function keepPicture(id: string, photo: Blob): void {
  for (const [other, url] of pictures) {
    URL.revokeObjectURL(url);
    pictures.delete(other);
  }
  pictures.set(id, URL.createObjectURL(photo));
}

/** An address of it; `undefined` if it was sent from elsewhere, or before. */
export const pictureOf = (id: string): string | undefined => pictures.get(id);
