/** What the runs of a runtime do at this moment. */
export interface RuntimeStats {
  /** Runs that wait to begin, because of `limits.concurrentRuns`, or because there is no memory for them. */
  queued: number;
  /** Runs that have begun, and have not ended. */
  running: number;
  /** Those of `running` that wait for a reply. */
  waiting: number;
  /** Bytes that the host keeps of suspended scripts, without what they were given and have received. */
  parkedBytes: number;
  /** Milliseconds of CPU time that the runs of `running` have used until now: until the last time that they waited. */
  cpuMs: number;
  /** Bytes that count against `memory`: what the host keeps for runs, and modules. */
  memoryBytes: number;
  /** Bytes that all runs may hold together. For runtimes without `memory`, together in all of them. */
  memoryLimit: number;
  /** Script workers that there are. They are started when they are needed. */
  workers: number;
}
