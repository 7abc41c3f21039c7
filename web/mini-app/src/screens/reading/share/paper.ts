/** The paper of a card: a warm sheet with a frame, some fibres, and a ring that a cup has left. */
import type { Box } from "./lines";

type Random = () => number;

export function drawPaper(context: CanvasRenderingContext2D, { width, height }: Box, random: Random): void {
  const light = context.createRadialGradient(
    width / 2,
    height * 0.4,
    100,
    width / 2,
    height / 2,
    height * 0.75,
  );
  light.addColorStop(0, "#fbf6ec");
  light.addColorStop(1, "#f0e4d1");
  context.fillStyle = light;
  context.fillRect(0, 0, width, height);
  drawFibres(context, { width, height }, random);
  drawRing(context, { width, height }, random);
  context.strokeStyle = "rgb(125 95 72 / 50%)";
  context.lineWidth = 2.5;
  context.strokeRect(46, 46, width - 92, height - 92);
  context.lineWidth = 1;
  context.strokeRect(58, 58, width - 116, height - 116);
}

function drawFibres(context: CanvasRenderingContext2D, { width, height }: Box, random: Random): void {
  for (let at = 0; at < 420; at += 1) {
    context.fillStyle = `rgb(110 80 55 / ${3 + random() * 7}%)`;
    context.beginPath();
    context.ellipse(
      random() * width,
      random() * height,
      1 + random() * 5,
      0.8,
      random() * Math.PI,
      0,
      2 * Math.PI,
    );
    context.fill();
  }
}

/** In a corner, partly beyond the sheet; its line is thicker where more coffee ran. */
function drawRing(context: CanvasRenderingContext2D, { width, height }: Box, random: Random): void {
  const x = random() < 0.5 ? width - 70 : 70;
  const y = random() < 0.5 ? height - 130 : 150;
  const wet = random() * 2 * Math.PI;
  for (let at = 0; at < 240; at += 1) {
    const angle = (at / 240) * 2 * Math.PI;
    const strength = 0.5 + 0.5 * Math.cos(angle - wet);
    context.strokeStyle = `rgb(139 94 52 / ${4 + strength * 9}%)`;
    context.lineWidth = 5 + strength * 11 + random() * 2;
    context.beginPath();
    context.arc(x, y, 205 + random() * 2, angle, angle + 0.05);
    context.stroke();
  }
}
