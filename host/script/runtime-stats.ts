/** What the runs of a runtime do at this moment. */
export interface RuntimeStats {
  /** Runs that wait to begin, because of `limits.concurrentRuns`. */
  queued: number;
  /** Runs that have begun, and have not ended. */
  running: number;
  /** Those of `running` that wait for a reply. */
  waiting: number;
  /** Bytes that the host keeps of suspended scripts, without what they were given and have received. */
  parkedBytes: number;
  /** Script workers that there are. They are started when they are needed. */
  workers: number;
}
