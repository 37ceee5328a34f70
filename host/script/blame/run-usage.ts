/** What a run has used, from the call of `run` on. If a limit has ended the run, what was too much is counted in. */
export interface RunUsage {
  /**
   * Milliseconds of CPU that it has computed, in a worker and on the application's thread. If it was ended from outside
   * while it computed, what it computed after its last call is not counted, neither here nor in `peakMemoryBytes`.
   */
  readonly cpuMs: number;
  /** The most memory that its sandbox has had, in bytes. */
  readonly peakMemoryBytes: number;
  /** Calls of `http_background` and `start`, wrong ones included. */
  readonly requests: number;
  /** How often it waited for a reply. A call that is refused as a mistake does not wait. */
  readonly waits: number;
  /** Bytes of the bodies that it has sent. */
  readonly bytesSent: number;
  /** Bytes of the contents that came for it. */
  readonly bytesReceived: number;
}
