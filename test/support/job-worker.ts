// The first module of a thread for jobs. The name of a job says what it does.
import { serveJobs } from "../../host/script/jobs/serve-jobs.ts";

/** Computes for so many milliseconds of this thread's time. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

const JOBS: Readonly<Record<string, () => void>> = {
  brief: () => {},
  work: () => work(400),
  spin: () => work(Number.POSITIVE_INFINITY),
  leave: () => process.exit(7),
  throw: () => {
    throw new Error("thrown");
  },
  hoard: () => {
    for (const kept: unknown[] = []; ; ) kept.push(new Array(100_000).fill(kept.length + 0.5));
  },
};

serveJobs(async (name: string) => {
  JOBS[name]?.();
  return name;
});
