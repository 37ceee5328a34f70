import type { HttpBackground } from "../../host/index.ts";

/** How long requests took, one after the other. */
export interface Latency {
  readonly medianMs: number;
  readonly mostMs: number;
}

/** Makes requests of the application for this time. */
export async function measureLatency(http: HttpBackground, url: string, ms: number): Promise<Latency> {
  const taken: number[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const start = performance.now();
    await http.http_background("default", url);
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  return { medianMs: taken[taken.length >> 1] ?? Number.NaN, mostMs: taken.at(-1) ?? Number.NaN };
}

export function formatLatency({ medianMs, mostMs }: Latency): string {
  return `${medianMs.toFixed(2)} ms for each request of the application (the slowest: ${mostMs.toFixed(1)} ms)`;
}
