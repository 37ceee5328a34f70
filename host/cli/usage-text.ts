import type { RunUsage } from "../script/index.ts";

const KIB = 1024;

/** What a run has used, for people. */
export function usageText({
  cpuMs,
  peakMemoryBytes,
  requests,
  waits,
  bytesSent,
  bytesReceived,
}: RunUsage): string {
  const rows: readonly (readonly [what: string, used: string])[] = [
    ["CPU", `${cpuMs.toFixed(1)} ms`],
    ["memory", `${Math.ceil(peakMemoryBytes / KIB)} KiB`],
    ["requests", String(requests)],
    ["waits", String(waits)],
    ["bytes sent", String(bytesSent)],
    ["bytes received", String(bytesReceived)],
  ];
  return `the script has used\n${rows.map(([what, used]) => `  ${what}: ${used}\n`).join("")}`;
}
