import { useEffect, useState } from "react";
import { useTexts } from "../texts";
import { common } from "./texts";

/** Whether the device has a network; it may still lead nowhere. */
export function useOnline(): boolean {
  const [isOnline, set] = useState(navigator.onLine);
  useEffect(() => {
    const changed = () => set(navigator.onLine);
    window.addEventListener("online", changed);
    window.addEventListener("offline", changed);
    return () => {
      window.removeEventListener("online", changed);
      window.removeEventListener("offline", changed);
    };
  }, []);
  return isOnline;
}

export function OfflineBanner() {
  const t = useTexts(common);
  const isOnline = useOnline();
  return (
    <p className="banner" role="status" hidden={isOnline}>
      {isOnline ? "" : t.offline}
    </p>
  );
}
