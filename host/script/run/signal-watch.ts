import type { Run } from "./run.ts";

/** Listens once to each signal, however many runs share it: Node warns of a leak at the eleventh listener. */
export class SignalWatch {
  private readonly watched = new Map<AbortSignal, { runs: Set<Run>; onAbort: () => void }>();

  /** Ends the run with the signal's reason when that aborts. */
  add(signal: AbortSignal, run: Run): void {
    const known = this.watched.get(signal);
    if (known !== undefined) {
      known.runs.add(run);
      return;
    }
    const runs = new Set([run]);
    const onAbort = (): void => {
      this.watched.delete(signal);
      // The last first: those that wait in line must not be let in by the end of those before them.
      for (const ended of [...runs].reverse()) ended.end(signal.reason);
    };
    this.watched.set(signal, { runs, onAbort });
    signal.addEventListener("abort", onAbort, { once: true });
  }

  forget(signal: AbortSignal, run: Run): void {
    const known = this.watched.get(signal);
    known?.runs.delete(run);
    if (known === undefined || known.runs.size > 0) return;
    this.watched.delete(signal);
    signal.removeEventListener("abort", known.onAbort);
  }
}
