/** Our side of bridge.mjs: the whole wrapper as an object, and its hooks behind a component. */
import { render } from "preact";
import * as telegram from "../../mini-app/src/telegram";
import {
  type MainButton,
  useBackButton,
  useMainButton,
  useSettingsButton,
} from "../../mini-app/src/telegram/buttons";
import { forget, keep, kept } from "../../mini-app/src/telegram/storage";

interface Shown {
  readonly main?: MainButton;
  readonly back?: { readonly onPress?: () => void };
  readonly onSettings?: () => void;
}

function Main(props: MainButton) {
  useMainButton(props);
  return null;
}

function Settings({ onPress }: { onPress: () => void }) {
  useSettingsButton(onPress);
  return null;
}

function Back({ onPress }: { onPress?: () => void }) {
  useBackButton(onPress);
  return null;
}

function Screen({ main, back, onSettings }: Shown) {
  return (
    <>
      {main && <Main {...main} />}
      {back && <Back {...back} />}
      {onSettings && <Settings onPress={onSettings} />}
    </>
  );
}

const root = document.createElement("div");

export const ours = {
  telegram,
  storage: { keep, kept, forget },
  show: (what: Shown) => render(<Screen {...what} />, root),
};
