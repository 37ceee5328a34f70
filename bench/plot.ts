import type { Row } from "./benchmark.ts";

const WIDTH = 720;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 20;
const BAR_STEP = 26;
const GROUP_STEP = 34;
const TOP = 46;

/** An image follows the colours of the page that shows it. */
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-weight: 600; font-size: 15px; }
    .group { font-weight: 600; }
    .note { fill: #57606a; font-size: 11px; }
    .own { fill: #0969da; }
    .other { fill: #afb8c1; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .note { fill: #9198a1; }
      .own { fill: #4493f8; }
      .other { fill: #57606a; }
    }`;

/** Draws the bars of a benchmark as an SVG image; null if it has none. Shorter bars are better. */
export function drawBars(title: string, rows: readonly Row[], note: string): string | null {
  const bars = rows.filter(({ bar }) => bar !== undefined);
  if (bars.length === 0) return null;
  const most = Math.max(...bars.map(({ value }) => value));
  const lines: string[] = [];
  let y = TOP;
  let group = "";
  for (const { value, unit, bar } of bars) {
    if (bar?.group !== undefined && bar.group !== group) {
      group = bar.group;
      y += GROUP_STEP - BAR_STEP;
      lines.push(`<text class="group" x="0" y="${y + 15}">${escapeXml(group)}</text>`);
      y += BAR_STEP;
    }
    const width = Math.max(1, (value / most) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
    const middle = y + BAR_HEIGHT / 2 + 4;
    lines.push(
      `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escapeXml(bar?.name ?? "")}</text>`,
      `<rect class="${bar?.isOwn ? "own" : "other"}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${middle}">${format(value)} ${escapeXml(unit)}</text>`,
    );
    y += BAR_STEP;
  }
  const height = y + 24;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}">
  <style>${STYLE}
  </style>
  <text class="title" x="0" y="18">${escapeXml(title)}</text>
  <text class="note" x="0" y="36">${escapeXml(note)}</text>
  ${lines.join("\n  ")}
</svg>
`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
