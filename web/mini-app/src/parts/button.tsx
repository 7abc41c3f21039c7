import type { ComponentChildren } from "preact";

interface Props {
  readonly children: ComponentChildren;
  readonly onPress: () => unknown;
  readonly kind?: "primary" | "plain" | "danger";
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly label?: string;
}

/** While it is busy it cannot be pressed again, and keeps its width. */
export function Button({
  children,
  onPress,
  kind = "primary",
  isBusy = false,
  isDisabled = false,
  label,
}: Props) {
  return (
    <button
      type="button"
      className={`button button-${kind}`}
      onClick={() => onPress()}
      disabled={isDisabled || isBusy}
      aria-busy={isBusy}
      aria-label={label}
    >
      {children}
    </button>
  );
}
