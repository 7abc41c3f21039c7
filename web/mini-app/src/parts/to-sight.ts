/** How long a keyboard takes to come, in milliseconds. */
const KEYBOARD = 300;

/** Of a field that got the focus: scrolls it above the keyboard, which covers it on iOS. */
export function toSight({ currentTarget }: { readonly currentTarget: Element }): void {
  setTimeout(() => currentTarget.scrollIntoView({ block: "center" }), KEYBOARD);
}
