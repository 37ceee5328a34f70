import { type Config, refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import type { HostOptions, HttpBackground } from "../api/http-background.ts";
import { HOST_OPTIONS, LoadedPlugin, loadParts, type PluginParts } from "../http-background.ts";
import { type Clock, REAL_CLOCK } from "../lifetime/clock.ts";
import { SeededRandom } from "../seeded-random.ts";
import { Cassette } from "./cassette/cassette.ts";
import { type CassetteOptions, readCassetteOptions } from "./cassette/cassette-options.ts";
import { MovedClock, type TestClock } from "./clock/test-clock.ts";
import type { Fake } from "./fakes/fake.ts";
import type { RequestPattern } from "./fakes/pattern.ts";
import { type FaultOptions, RandomFaults } from "./fakes/random-faults.ts";
import { Reading } from "./fakes/reading.ts";
import { RequestMatcher } from "./fakes/request-matcher.ts";
import type { TestRequest } from "./request/test-request.ts";
import { TestWorld } from "./test-world.ts";

/** What a test decides. */
export interface TestOptions extends HostOptions {
  /** The environment in which proxies are looked up. @default an empty one, or process.env to record */
  env?: HostOptions["env"];
  /**
   * A whole number from which boundaries follow, and the randomness of scripts, `crypto` included: they are the same each
   * time. @default none: they are random
   */
  seed?: number | undefined;
  /**
   * A clock that the test moves, from `createTestClock`. It drives time limits of calls and runs, delays, and what rules
   * count or wait for, and it is the time that scripts see. It does not drive what a script computes. @default the time of the machine
   */
  clock?: TestClock | undefined;
  /** Faults that come at random in place of answers of fakes. @default none */
  faults?: FaultOptions | undefined;
  /**
   * Where exchanges are recorded, and from where they are replayed: a path, or options. Fakes come first. It is written
   * by `close`. @default none
   */
  cassette?: string | URL | CassetteOptions | undefined;
  /** Maximum number of bytes of a body that is collected. One that is longer is thrown. @default 64 MiB */
  maxBodyBytes?: number | undefined;
}

/**
 * The plugin, without a network. Everything is real but the connections: the guest, the checks, the bodies, the policy
 * and its rules, redirects, limits, codes.
 */
export interface TestHttpBackground extends HttpBackground {
  /**
   * A fake for the requests that fit a pattern, or that go to a URL. Of several that fit, the first that is not used up
   * answers. It can be called without its object.
   *
   * @throws HttpBackgroundError BAD_ARGUMENT, which names the wrong member
   */
  readonly when: (pattern: RequestPattern | string | URL | RegExp) => Fake;
  /**
   * The requests so far, in the order in which they were sent: the last 10,000, or those of them that fit a pattern.
   * Secrets of rules are not in them.
   *
   * @throws HttpBackgroundError BAD_ARGUMENT, which names the wrong member of the pattern
   */
  requests(pattern?: RequestPattern | string | URL | RegExp): TestRequest[];
  /** The fakes that were not used to their end. */
  unused(): string[];
  /**
   * Checks that every request was answered, even if the code under test has caught the error, and that every fake was
   * used.
   *
   * @throws TestKitError NO_FAKE, UNUSED_FAKE; what a function of a fake has thrown
   */
  verify(): void;
  /** Forgets all fakes and requests. */
  reset(): void;
  /** Waits until the running calls have ended, and writes the cassette. Then it checks as `verify`. */
  close(): Promise<void>;
  /** Ends the running calls. It checks nothing, and writes no cassette. */
  destroy(): Promise<void>;
}

const OWN_OPTIONS: readonly (keyof TestOptions)[] = ["seed", "clock", "faults", "cassette", "maxBodyBytes"];
const DEFAULT_CONFIG: Config = { threads: [{ id: "default" }] };
const MOST_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Loads the plugin for a test, without a network. Nothing global is changed, so tests may run at the same time.
 *
 * @param config As for `createHttpBackground`. @default one thread, "default"
 * @throws HttpBackgroundError BAD_CONFIG, which names the wrong option
 */
export async function createTestHttpBackground(
  config: Config = DEFAULT_CONFIG,
  options: TestOptions = {},
): Promise<TestHttpBackground> {
  refuseUnknownOptions(options, [...HOST_OPTIONS, ...OWN_OPTIONS]);
  const { seed, maxBodyBytes = MOST_BODY_BYTES, clock: given, faults, cassette, ...host } = options;
  const clock = readClock(given);
  const parts = cassette === undefined ? null : readCassetteOptions(cassette);
  const world = new TestWorld({
    clock,
    maxBodyBytes: readCount("maxBodyBytes", maxBodyBytes),
    faults: faults === undefined ? null : new RandomFaults(faults, seededNumbers),
    cassette: parts === null ? null : await Cassette.open(parts),
  });
  const random = seed === undefined ? undefined : new SeededRandom(readCount("seed", seed));
  const fillRandom = random && ((bytes: Uint8Array) => random.fill(bytes));
  const env = parts === null || parts.mode === "replay" ? {} : process.env;
  const loaded = await loadParts(config, { env, ...host }, { between: world.between, clock, fillRandom });
  return new TestPlugin(loaded, world, random && new SeededRandom(random.seed()));
}

/** The origins that the fakes name. @internal */
export function originsOf(http: TestHttpBackground): string[] {
  return http instanceof TestPlugin ? http.origins : [];
}

class TestPlugin extends LoadedPlugin implements TestHttpBackground {
  readonly #world: TestWorld;

  constructor(parts: PluginParts, world: TestWorld, chance: SeededRandom | undefined) {
    super(parts, { clock: world.clock, workers: 0, chance });
    this.#world = world;
  }

  readonly when = (pattern: RequestPattern | string | URL | RegExp): Fake => this.#world.fakes.add(pattern);

  get origins(): string[] {
    return this.#world.fakes.origins;
  }

  requests(pattern?: RequestPattern | string | URL | RegExp): TestRequest[] {
    const { requests } = this.#world;
    if (pattern === undefined) return requests;
    const matcher = new RequestMatcher(pattern);
    return requests.filter((request) => matcher.fits(new Reading(request)));
  }

  unused(): string[] {
    return this.#world.fakes.unused;
  }

  verify(): void {
    this.#world.verify();
  }

  reset(): void {
    this.#world.reset();
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#world.cassette?.save();
    this.verify();
  }
}

function seededNumbers(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.next();
}

function readClock(given: unknown): Clock {
  if (given === undefined) return REAL_CLOCK;
  if (given instanceof MovedClock) return given;
  throw new HttpBackgroundError("BAD_CONFIG", "clock: must come from createTestClock", { option: "clock" });
}

function readCount(option: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be a whole number that is at least 0`, {
    option,
  });
}
