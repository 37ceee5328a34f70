import diagnostics from "node:diagnostics_channel";
import { inspect } from "node:util";
import { CHANNELS } from "../../../../host/network/call/diagnostics.ts";
import type { Connect } from "../../../../host/network/connect/connect-options.ts";
import { Connector } from "../../../../host/network/connect/connector.ts";
import { Names } from "../../../../host/network/names/names.ts";
import { Network } from "../../../../host/network/network.ts";
import { createPolicy } from "../../../../host/network/policy/policy.ts";
import type { Policy } from "../../../../host/network/transfer/policy.ts";
import type { Transfer } from "../../../../host/network/transfer/transfer.ts";
import { Random } from "../../../hostile/random.ts";
import type { RawRequest } from "../../../support/raw-request.ts";
import { randomCall } from "./random-call.ts";
import { type RecordingServer, startRecordingServer } from "./recording-server.ts";
import { isBelow } from "./worst-reading.ts";

/** What may be found at each host of the server with rules, and nowhere else. */
const BELONGS: Readonly<Record<string, readonly string[]>> = {
  "127.0.0.1": ["s3cr3t-of-the-api", "s3cr3t-key"],
  "a.wild.test": ["s3cr3t-of-wild"],
  "login.test": [Buffer.from("login:s3cr3t-password").toString("base64")],
  "aws.test": ["AKIDEXAMPLE"],
};
const [OF_API = "", API_KEY = ""] = BELONGS["127.0.0.1"] ?? [];
const [OF_WILD = ""] = BELONGS["a.wild.test"] ?? [];
/** With these the host signs or encodes: they are sent nowhere. */
const NEVER_SENT = ["s3cr3t-password", "s3cr3t-signing-key"];
const SECRETS = [...Object.values(BELONGS).flat(), ...NEVER_SENT];
const METHODS = ["GET", "POST"];

/** What became of some generated calls. */
export interface Tally {
  readonly calls: number;
  /** Requests that had a secret, at a place where it belongs. */
  readonly rightful: number;
  /** Every place at which a secret was found that does not belong there. */
  readonly leaks: readonly string[];
}

/** Connects every name to 127.0.0.1. */
const connectToLoopback: Connect = (destination, options) =>
  new Connector(new Names()).connect({ ...destination, hostname: "127.0.0.1" }, options);

/** Two servers that remember all that they get, and a rule with secrets for one of them. */
export class SecretWorld implements AsyncDisposable {
  readonly #api: RecordingServer;
  readonly #other: RecordingServer;
  readonly #network: Network;
  readonly #policy: Policy;
  readonly #leaks: string[] = [];
  #rightful = 0;

  private constructor(api: RecordingServer, other: RecordingServer) {
    this.#api = api;
    this.#other = other;
    this.#network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      connect: connectToLoopback,
      env: {},
    });
    const limits = { methods: METHODS, paths: ["/v1/*"] };
    const on = (host: string) => `http://${host}:${api.port}`;
    const signing = { username: "AKIDEXAMPLE", password: "s3cr3t-signing-key", aws_sigv4: "aws:amz:r:s3" };
    const allow = [
      { origin: api.base, ...limits, headers: { Authorization: OF_API, "X-Key": API_KEY } },
      { origin: api.base, paths: ["/open/*"] },
      { origin: on("*.wild.test"), ...limits, headers: { "X-Wild": () => OF_WILD } },
      {
        origin: on("login.test"),
        ...limits,
        username: "login",
        password: "s3cr3t-password",
        decide: () => true,
      },
      { origin: on("aws.test"), ...limits, ...signing },
      on("localhost"),
      other.base,
      `http://*.test:${other.port}`,
      "http://127.0.0.1:*",
    ];
    const options = ["proxy", "tls_verify_peer", "tls_verify_host"];
    this.#policy = { ...policyOf(createPolicy({ allow, options }, { audience: "script" })), denialGridMs: 0 };
  }

  static async create(): Promise<SecretWorld> {
    return new SecretWorld(await startRecordingServer(), await startRecordingServer());
  }

  /** Makes generated calls, one after the other. */
  async play(seed: number, calls: number): Promise<Tally> {
    const watch = (message: unknown, name: string | symbol) => this.#search(String(name), message);
    const channels = [...Object.values(CHANNELS).map(({ name }) => name), "http-background:policy:denied"];
    for (const name of channels) diagnostics.subscribe(name, watch);
    try {
      for (let number = 0; number < calls; number++) await this.#playOne(seed, number);
    } finally {
      for (const name of channels) diagnostics.unsubscribe(name, watch);
    }
    return { calls, rightful: this.#rightful, leaks: this.#leaks };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network.destroy();
    await this.#api.close();
    await this.#other.close();
  }

  async #playOne(seed: number, number: number): Promise<void> {
    const host = (server: RecordingServer) => `127.0.0.1:${server.port}`;
    const targets = { api: host(this.#api), other: host(this.#other) };
    const call = randomCall(new Random(seed, number), targets);
    const outcome = await this.#network.perform(call, { policy: this.#policy });
    this.#search("the outcome", outcome, call);
    if ("code" in outcome) this.#search("the cause", outcome.cause, call);
    for (const request of this.#other.takeAll()) this.#judge(request, false, call);
    for (const request of this.#api.takeAll()) this.#judge(request, true, call);
  }

  #search(where: string, what: unknown, call?: Transfer): void {
    const text = inspect(what, { depth: 12, showHidden: true });
    if (SECRETS.some((secret) => text.includes(secret))) this.#report(where, call);
  }

  #judge(request: RawRequest, isApi: boolean, call: Transfer): void {
    const found = SECRETS.filter((secret) => request.raw.includes(secret));
    if (found.length === 0) return;
    const hosts = request.headers.filter(([name]) => name.toLowerCase() === "host").map(([, value]) => value);
    const expected = BELONGS[hosts[0]?.split(":", 1)[0] ?? ""] ?? [];
    const isRightful =
      isApi &&
      hosts.length === 1 &&
      found.length === expected.length &&
      found.every((secret) => expected.includes(secret)) &&
      METHODS.includes(request.method) &&
      isBelow("/v1/", request.target);
    if (isRightful) this.#rightful++;
    else this.#report(`${isApi ? "api" : "other"}: ${request.method} ${request.target}`, call);
  }

  #report(where: string, call: Transfer | undefined): void {
    this.#leaks.push(`${where} for ${JSON.stringify(call)}`);
  }
}

/** The methods of a policy as members, so that it can be copied. */
function policyOf(policy: Policy | null): Policy {
  if (policy === null) throw new Error("no policy");
  return {
    checkUrl: (url) => policy.checkUrl(url),
    checkAddress: (url, address) => policy.checkAddress(url, address),
    checkOptions: (transfer) => policy.checkOptions?.(transfer),
    checkUnresolved: (url) => policy.checkUnresolved?.(url),
    permit: (url, line) => policy.permit?.(url, line) ?? policy,
  };
}
