// Runs in a worker thread: starts the engine of JavaScript, and loads scripts into it.
import { serveJobs } from "../jobs/serve-jobs.ts";
import { doJavaScriptJob } from "./load-job.ts";

serveJobs(doJavaScriptJob);
