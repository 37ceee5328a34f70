import type { Clock } from "../lifetime/clock.ts";
import type { Between } from "../network/thread.ts";
import type { Origin } from "../network/transfer/policy.ts";
import type { Cassette } from "./cassette/cassette.ts";
import { MovedClock } from "./clock/test-clock.ts";
import type { Answer } from "./exchange/answer.ts";
import type { SentRequest } from "./exchange/sent-request.ts";
import { TestExchanges, type TestNetwork } from "./exchange/test-exchanges.ts";
import { Fakes } from "./fakes/fakes.ts";
import type { RandomFaults } from "./fakes/random-faults.ts";
import { TestKitError } from "./mistakes/test-kit-error.ts";
import { SecretValues } from "./request/secret-values.ts";
import { TestRequest } from "./request/test-request.ts";

/** How many requests are remembered. */
const MOST_REQUESTS = 10_000;

/** An address that is neither private nor reserved. Nothing is ever sent to it. */
const PUBLIC_ADDRESS = "93.184.216.34";

interface WorldParts {
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly faults: RandomFaults | null;
  readonly cassette: Cassette | null;
}

/** What one test has in the place of the network. */
export class TestWorld implements TestNetwork {
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly fakes = new Fakes();
  #requests: TestRequest[] = [];
  /** Why requests were not answered. Whoever made them may have caught that. */
  #mistakes: unknown[] = [];

  readonly cassette: Cassette | null;
  readonly #faults: RandomFaults | null;
  readonly #secrets = new SecretValues();

  constructor({ clock, maxBodyBytes, faults, cassette }: WorldParts) {
    this.clock = clock;
    this.maxBodyBytes = maxBodyBytes;
    this.#faults = faults;
    this.cassette = cassette;
  }

  readonly between: Between = (connections, thread) => new TestExchanges(this, connections, thread);

  get requests(): TestRequest[] {
    return [...this.#requests];
  }

  answer(sent: SentRequest): Answer | Promise<Answer> {
    this.#learn(sent);
    const request = new TestRequest(sent, this.#secrets);
    if (this.#requests.push(request) > MOST_REQUESTS) this.#requests.shift();
    try {
      const answer = this.fakes.answer(request);
      if (answer instanceof Promise) return this.#answerLater(answer);
      if (answer !== null) return this.#spoil(answer);
      if (this.cassette !== null) return this.cassette.answer(sent);
      throw this.fakes.explain(request);
    } catch (error) {
      this.#mistakes.push(error);
      throw error;
    }
  }

  async #answerLater(making: Promise<Answer>): Promise<Answer> {
    try {
      return this.#spoil(await making);
    } catch (error) {
      this.#mistakes.push(error);
      throw error;
    }
  }

  /** What rules have put into a request is hidden from now on, even if a server has told it to the client. */
  #learn({ head: { headers, sensitive } }: SentRequest): void {
    if (sensitive === undefined) return;
    const names = new Set(sensitive.map((name) => name.toLowerCase()));
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at] ?? "";
      const value = Buffer.from(headers[at + 1] ?? "", "latin1").toString();
      if (names.has(name.toLowerCase())) this.#secrets.addHeader(name, value);
    }
  }

  resolve({ hostname }: Pick<Origin, "hostname">): string {
    const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
    const known = this.fakes.addressOf(hostname) ?? this.cassette?.addressOf(hostname);
    return known ?? (isLocal ? "127.0.0.1" : PUBLIC_ADDRESS);
  }

  count(change: 1 | -1): void {
    if (this.clock instanceof MovedClock) this.clock.work(change);
  }

  /** @throws TestKitError NO_FAKE, UNUSED_FAKE; what a function of a fake has thrown */
  verify(): void {
    if (this.#mistakes.length > 0) throw this.#mistakes[0];
    const { unused } = this.fakes;
    if (unused.length === 0) return;
    throw new TestKitError("UNUSED_FAKE", ["these fakes were not used to their end", ...unused].join("\n  "));
  }

  #spoil(answer: Answer): Answer {
    return this.#faults === null ? answer : this.#faults.spoil(answer);
  }

  reset(): void {
    this.fakes.clear();
    this.#requests = [];
    this.#mistakes = [];
  }
}
