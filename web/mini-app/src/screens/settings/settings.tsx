/** `page` is the part of the address after `/settings/`; empty: the list of all. */
import { About } from "./about";
import { ConsentsPage } from "./consents";
import { DataPage } from "./data";
import { DeletionPage } from "./deletion";
import { DocumentPage } from "./documents";
import { Farewell } from "./farewell";
import { Home } from "./home";
import { LanguagePage } from "./language-page";
import { Notices } from "./notices";
import "./settings.css";
import { Support } from "./support";
import { ZonePage } from "./zone-page";

export default function Settings({ page }: { page: string }) {
  switch (page) {
    case "language":
      return <LanguagePage />;
    case "zone":
      return <ZonePage />;
    case "notices":
      return <Notices />;
    case "data":
      return <DataPage />;
    case "delete":
      return <DeletionPage />;
    case "farewell":
      return <Farewell />;
    case "consents":
      return <ConsentsPage />;
    case "terms":
    case "privacy":
      return <DocumentPage key={page} name={page} />;
    case "support":
      return <Support />;
    case "about":
      return <About />;
    default:
      return <Home />;
  }
}
