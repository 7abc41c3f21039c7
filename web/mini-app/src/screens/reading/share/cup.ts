/** A cup from above, with grounds in it. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

type Random = () => number;
const LINE = "rgb(90 58 36 / 60%)";

export function drawCup(context: CanvasRenderingContext2D, place: Place, random: Random): void {
  const { x, y, radius } = place;
  context.lineWidth = 2.5;
  disc(context, place, radius * 1.5, "#fffaf1");
  context.lineWidth = 1.2;
  disc(context, place, radius * 1.34, "#fffcf6");
  drawHandle(context, place);
  context.lineWidth = 2.5;
  disc(context, place, radius, "#fffefb");
  const inside = context.createRadialGradient(x - radius * 0.2, y - radius * 0.2, radius * 0.1, x, y, radius);
  inside.addColorStop(0, "#f1e3cd");
  inside.addColorStop(1, "#cfae85");
  context.lineWidth = 1.2;
  disc(context, place, radius * 0.88, inside);
  context.save();
  context.beginPath();
  context.arc(x, y, radius * 0.87, 0, 2 * Math.PI);
  context.clip();
  drawGrounds(context, place, random);
  context.restore();
}

function disc(
  context: CanvasRenderingContext2D,
  { x, y }: Place,
  radius: number,
  fill: string | CanvasGradient,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = LINE;
  context.stroke();
}

function drawHandle(context: CanvasRenderingContext2D, { x, y, radius }: Place): void {
  for (const [width, colour] of [
    [radius * 0.3, "rgb(90 58 36 / 70%)"],
    [radius * 0.3 - 5, "#fffefb"],
  ] as const) {
    context.beginPath();
    context.moveTo(x + radius * 0.8, y);
    context.lineTo(x + radius * 1.4, y);
    context.lineWidth = width;
    context.lineCap = "round";
    context.strokeStyle = colour;
    context.stroke();
  }
  context.lineCap = "butt";
}

/** A sea of them at one side, and islands that run from it towards the middle. */
function drawGrounds(context: CanvasRenderingContext2D, { x, y, radius }: Place, random: Random): void {
  const shore = random() * 2 * Math.PI;
  const grain = (angle: number, distance: number, size: number) => {
    context.fillStyle = `rgb(52 29 15 / ${45 + random() * 45}%)`;
    context.beginPath();
    const [gx, gy] = [x + Math.cos(angle) * distance, y + Math.sin(angle) * distance];
    context.ellipse(gx, gy, size, size * (0.5 + random() * 0.5), random() * Math.PI, 0, 2 * Math.PI);
    context.fill();
  };
  for (let at = 0; at < 150; at += 1) {
    const spread = (random() + random() - 1) * 1.5;
    const depth = radius * (0.92 - random() * 0.42 * Math.max(0, Math.cos(spread)));
    grain(shore + spread, depth, radius * (0.03 + random() * 0.09));
  }
  for (let stream = 0; stream < 3; stream += 1) {
    const from = shore + (random() - 0.5) * 2.4;
    const turn = (random() - 0.5) * 1.6;
    for (let at = 0; at < 16; at += 1) {
      const way = at / 16;
      grain(from + turn * way + random() * 0.1, radius * (0.75 - way * 0.9), radius * (0.075 - way * 0.05));
    }
  }
  for (let at = 0; at < 46; at += 1)
    grain(random() * 2 * Math.PI, radius * Math.sqrt(random()) * 0.9, radius * (0.01 + random() * 0.03));
}
