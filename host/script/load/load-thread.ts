// Runs in a worker thread: loads modules.
import { serveJobs } from "../jobs/serve-jobs.ts";
import { loadModule, memoryOf } from "./load-job.ts";

serveJobs(loadModule, memoryOf);
