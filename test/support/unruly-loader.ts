// The first module of a thread that loads modules. Some of them misbehave as no module can: their data say how.
import { serveJobs } from "../../host/script/jobs/serve-jobs.ts";
import { type LoadJob, loadModule, memoryOf } from "../../host/script/load/load-job.ts";

const DEEDS: readonly (readonly [marker: string, deed: () => void])[] = [
  [
    "test:spin",
    () => {
      for (;;);
    },
  ],
  ["test:leave", () => process.exit(7)],
  [
    "test:hoard",
    () => {
      for (const kept: unknown[] = []; ; ) kept.push(new Array(100_000).fill(kept.length + 0.5));
    },
  ],
];

serveJobs((job: LoadJob) => {
  const bytes = Buffer.from(job.bytes);
  for (const [marker, deed] of DEEDS) if (bytes.includes(marker)) deed();
  return loadModule(job);
}, memoryOf);
