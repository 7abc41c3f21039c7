/** A reading: while it comes into being, and when it is there. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Analysis, hasEnded } from "../../api/live";
import { forgetKnown } from "../../api/loaded";
import { Problem } from "../../parts/problem";
import { leaveTo, replace } from "../../router";
import * as telegram from "../../telegram";
import { forgetReading } from "../history/list";
import { pictureOf } from "../new-reading/sent-pictures";
import { Gone, NotRead } from "./ended";
import { LetterSkeleton } from "./letter";
import { Read } from "./read";
import "./reading.css";
import { forget, useReading } from "./use-reading";
import { Waiting } from "./waiting";

export default function ReadingScreen({ id }: { id: string }) {
  const live = useReading(id);
  const { analysis, partial, problem } = live;
  const isGone = problem?.status === 404;
  const about = analysis?.about;
  const [isDeleted, setDeleted] = useState(false);
  const isOver = isGone || isDeleted;
  useEffect(() => {
    if (!isOver) return;
    forgetReading(id);
    return () => forget(id);
  }, [isOver, id]);
  useEffect(() => {
    if (isDeleted) leaveTo("/history");
  }, [isDeleted]);
  // The link of an answer in the chat: it stands beneath the reading that it is about.
  useEffect(() => {
    if (about) replace(`/readings/${about}`);
  }, [about]);
  useEndOf(analysis);
  const hasGrown = useStillText(analysis);
  if (isDeleted) return <LetterSkeleton />;
  if (isGone) return <Gone />;
  if (!analysis && problem) return <Problem of={problem} onRetry={live.reload} />;
  // Just sent from here: its picture is known before anything else is.
  if (!analysis && pictureOf(id))
    return <Waiting id={id} analysis={undefined} partial={partial} problem={problem} />;
  if (!analysis || about) return <LetterSkeleton />;
  if (!hasEnded(analysis)) return <Waiting analysis={analysis} partial={partial} problem={problem} />;
  if (analysis.status !== "completed") return <NotRead analysis={analysis} />;
  return <Read live={live} analysis={analysis} hasGrown={hasGrown} onDeleted={() => setDeleted(true)} />;
}

/** What the person feels, and what is true no more, when a reading ends before their eyes. */
function useEndOf(analysis: Analysis | undefined): void {
  const status = analysis?.status;
  const before = useRef<typeof status>(undefined);
  useEffect(() => {
    const wasUnderWay = before.current === "pending" || before.current === "processing";
    before.current = status;
    if (!wasUnderWay || !status || status === "pending" || status === "processing") return;
    if (status !== "canceled") telegram.haptic(status === "completed" ? "success" : "error");
    forgetKnown("limits");
  }, [status]);
}

/** Keeps the text where it is on the glass when it has grown and the rest comes around it. Whether it grew. */
function useStillText(analysis: Analysis | undefined): boolean {
  const isRead = analysis?.status === "completed";
  const wasWaiting = useRef(false);
  const top = useRef<number>(undefined);
  // Measured before this render changes the page.
  if (isRead && wasWaiting.current && top.current === undefined) top.current = topOfText();
  if (analysis && !hasEnded(analysis)) wasWaiting.current = true;
  useLayoutEffect(() => {
    const to = topOfText();
    if (!isRead || to === undefined || top.current === undefined || top.current > window.innerHeight) return;
    window.scrollBy(0, to - top.current);
  }, [isRead]);
  return isRead && wasWaiting.current;
}

function topOfText(): number | undefined {
  const text = document.querySelector("[data-reading-text]");
  return text?.textContent ? text.getBoundingClientRect().top : undefined;
}
