import { go } from "../router";
import * as telegram from "../telegram";
import { useTexts } from "../texts";
import { Icon, type IconName } from "./icon";
import { common } from "./texts";

const TABS = [
  { to: "/", icon: "cup", name: "new" },
  { to: "/history", icon: "list", name: "history" },
  { to: "/plans", icon: "star", name: "plans" },
  { to: "/settings", icon: "gear", name: "settings" },
] as const satisfies readonly { to: string; icon: IconName; name: string }[];

export function Tabs({ path }: { path: string }) {
  const t = useTexts(common);
  const open = (to: string) => {
    telegram.haptic("selection");
    go(to);
  };
  return (
    <nav className="tabs" aria-label={t.tabs.main}>
      {TABS.map(({ to, icon, name }) => (
        <a
          key={to}
          href={`/app${to}`}
          className="tab"
          aria-current={path === to ? "page" : undefined}
          onClick={(event) => {
            event.preventDefault();
            open(to);
          }}
        >
          <Icon name={icon} />
          {t.tabs[name]}
        </a>
      ))}
    </nav>
  );
}
