import type { RunUsage } from "../blame/run-usage.ts";

/** What a run has used so far. */
export class Usage implements RunUsage {
  cpuMs = 0;
  peakMemoryBytes = 0;
  requests = 0;
  waits = 0;
  bytesSent = 0;
  bytesReceived = 0;

  /** @param memoryBytes Size of the guest's memory at the end of the step */
  addStep(cpuMs: number, memoryBytes: number): void {
    this.cpuMs += cpuMs;
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, memoryBytes);
  }

  /** A copy of what it is now. */
  copy(): RunUsage {
    return { ...this };
  }
}
