import type { HopEnd, HopStart, SentHead } from "../../api/events.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { ChosenConnection } from "../pool/exchange-source.ts";
import type { CallerHeaders } from "../request/headers.ts";
import type { Hop } from "../request/hop.ts";
import type { RequestHead } from "../request/request.ts";
import { checkTraceHeader } from "../request/trace-headers.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { Permit } from "../transfer/policy.ts";
import { CHANNELS, describeUrl } from "./diagnostics.ts";

/** A hop that begins. */
export interface BeginningHop {
  readonly hop: Hop;
  /** How many redirects led to it. */
  readonly number: number;
  readonly permit: Permit | null;
  readonly caller: CallerHeaders;
}

/** Publishes a message about the call, in the context of its caller. */
type Publish = (channel: { publish(message: unknown): void }, message: object) => void;

/** The events of one hop. A hop that is repeated is another one. */
export class HopEvents {
  readonly #publish: Publish;
  readonly #about: Readonly<Record<"hop" | "resend", number>>;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(publish: Publish, clock: Clock, about: Readonly<Record<"hop" | "resend", number>>) {
    this.#publish = publish;
    this.#clock = clock;
    this.#about = about;
    this.#startedAt = clock.now();
  }

  /** Whether anybody would be told of a hop. */
  static get isWanted(): boolean {
    const { hopStart, hopSent, hopEnd } = CHANNELS;
    return hopStart.hasSubscribers || hopSent.hasSubscribers || hopEnd.hasSubscribers;
  }

  /** @returns The headers that subscribers have added */
  start({ hop, permit, caller }: BeginningHop, isOfScript: boolean): readonly ByteString[] {
    const trace: ByteString[] = [];
    if (!CHANNELS.hopStart.hasSubscribers) return trace;
    const add = (name: string, value: string): void => {
      checkTraceHeader(name, value);
      if (isOfScript || !caller.mentioned.has(name.toLowerCase())) trace.push(name, value);
    };
    const { method, url } = hop;
    const { scheme, hostname, port } = url;
    const addHeader = permit?.isTraced === false ? null : add;
    const where = { method, url: describeUrl(url), scheme, hostname, port, rule: permit?.rule ?? null };
    this.#tell("hopStart", { ...where, addHeader } satisfies Partial<HopStart>);
    return trace;
  }

  sent({ number: connection, protocol, target }: ChosenConnection, head: RequestHead): void {
    if (!CHANNELS.hopSent.hasSubscribers) return;
    const readHead = (): SentHead => describeHead(head);
    this.#tell("hopSent", { connection, protocol, address: target || null, readHead });
  }

  end(how: Pick<HopEnd, "status" | "code">): void {
    if (CHANNELS.hopEnd.hasSubscribers)
      this.#tell("hopEnd", { ...how, tookMs: this.#clock.now() - this.#startedAt });
  }

  #tell(channel: "hopStart" | "hopSent" | "hopEnd", message: object): void {
    this.#publish(CHANNELS[channel], { ...this.#about, ...message });
  }
}

function describeHead({ method, target, headers, sensitive = [] }: RequestHead): SentHead {
  const secrets = new Set(sensitive.map((name) => name.toLowerCase()));
  const pairs: (readonly [name: string, value: string | null])[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const [name = "", value = ""] = headers.slice(at, at + 2);
    pairs.push([name, secrets.has(name.toLowerCase()) ? null : value]);
  }
  return { method, target, headers: pairs };
}
