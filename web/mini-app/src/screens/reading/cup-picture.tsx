/** A cup that nothing has been read from. */
export function CupPicture() {
  return (
    <svg className="reading-cup" viewBox="0 0 120 100" aria-hidden="true">
      <path className="reading-steam" d="M48 30c-6-8 6-12 0-22m14 22c-6-8 6-12 0-22m14 22c-6-8 6-12 0-22" />
      <path d="M26 40h70v14c0 17-13 28-30 28h-10C39 82 26 71 26 54V40Zm70 5h6c13 0 13 22-9 22M16 90h90" />
    </svg>
  );
}
