/** The least part of the time that counts as time in which a thread computes. */
const LEAST_SHARE = 0.25;

/** Milliseconds since the last look. */
export interface Elapsed {
  /** Without time in which nobody could look. */
  readonly passedMs: number;
  /** Of these, those in which a thread of this process can have computed. */
  readonly busyMs: number;
}

/** Where the times come from. Tests have others. */
export interface ProcessClock {
  now(): number;
  /** What all threads of the process have computed. */
  cpuMs(): number;
}

const PROCESS: ProcessClock = {
  now: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** For whoever looks at other threads from time to time: what they had of the time. Other programs may have the CPU. */
export class ComputingTime {
  readonly #clock: ProcessClock;
  #lookedAt = 0;
  #cpuMs = 0;

  constructor(clock = PROCESS) {
    this.#clock = clock;
  }

  /** Time counts from now on. */
  start(): void {
    this.#lookedAt = this.#clock.now();
    this.#cpuMs = this.#clock.cpuMs();
  }

  /** @param mostMs More than this has not passed since the last look, unless nobody could look */
  take(mostMs: number): Elapsed {
    const [lookedAt, cpuMs] = [this.#lookedAt, this.#cpuMs];
    this.start();
    const passedMs = Math.min(this.#lookedAt - lookedAt, mostMs);
    const busyMs = Math.min(passedMs, Math.max(this.#cpuMs - cpuMs, passedMs * LEAST_SHARE));
    return { passedMs, busyMs };
  }
}
