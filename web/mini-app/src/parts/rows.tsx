/** Lists of rows, as Telegram's settings have them. */
import type { ComponentChildren } from "preact";
import { go } from "../router";
import { Icon } from "./icon";
import "./rows.css";

interface RowsProps {
  readonly title?: string | undefined;
  /** What the rows mean, beneath them. */
  readonly footer?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Rows({ title, footer, children }: RowsProps) {
  return (
    <section>
      {title && <h2 className="rows-title">{title}</h2>}
      <div className="rows">{children}</div>
      {footer && <p className="rows-footer">{footer}</p>}
    </section>
  );
}

interface Inside {
  readonly icon?: ComponentChildren;
  readonly text: string;
  readonly hint?: string | undefined;
  readonly value?: string | undefined;
}

function Inside({ icon, text, hint, value }: Inside) {
  return (
    <>
      {icon}
      <span className="row-main">
        <span className="row-text">
          {text}
          {hint && <span className="row-hint">{hint}</span>}
        </span>
        {value && <span className="row-value">{value}</span>}
      </span>
    </>
  );
}

interface LinkRowProps extends Inside {
  readonly to: string;
  readonly isDanger?: boolean;
}

/** Leads to another screen. */
export function LinkRow({ to, isDanger, ...inside }: LinkRowProps) {
  return (
    <a
      className={isDanger ? "row row-press row-danger" : "row row-press"}
      href={`/app${to}`}
      onClick={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      <Inside {...inside} />
      <Icon name="next" />
    </a>
  );
}

interface ButtonRowProps extends Inside {
  readonly onPress: () => unknown;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
}

export function ButtonRow({ onPress, isDanger, isDisabled = false, ...inside }: ButtonRowProps) {
  return (
    <button
      type="button"
      className={isDanger ? "row row-press row-danger" : "row row-press"}
      disabled={isDisabled}
      onClick={() => onPress()}
    >
      <Inside {...inside} />
    </button>
  );
}

interface SwitchRowProps extends Inside {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

export function SwitchRow({ isOn, onChange, ...inside }: SwitchRowProps) {
  return (
    <label className="row row-press">
      <Inside {...inside} />
      <input
        type="checkbox"
        role="switch"
        className="switch"
        checked={isOn}
        aria-checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </label>
  );
}

interface ChoiceRowProps extends Inside {
  /** Of all rows among which one is chosen. */
  readonly name: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

export function ChoiceRow({ name, isChosen, onChoose, ...inside }: ChoiceRowProps) {
  return (
    <label className="row row-press">
      <input type="radio" className="choice" name={name} checked={isChosen} onChange={onChoose} />
      <Inside {...inside} />
    </label>
  );
}
