import type { HttpBackgroundError } from "../api/errors.ts";
import type { PolicyRules, ScriptRequest } from "../api/rules.ts";
import type { Plugin } from "../guest/plugin.ts";
import { marshalFailure, readRefusal } from "../guest/wire/result.ts";
import { type Clock, REAL_CLOCK } from "../lifetime/clock.ts";
import { MOST_MS_A_TURN, SpreadWork } from "../lifetime/spread-work.ts";
import { explainScriptMistake } from "../mistakes/explained-mistake.ts";
import type { Network } from "../network/network.ts";
import { NarrowedPolicy } from "../network/policy/narrowed-policy.ts";
import { createPolicy } from "../network/policy/policy.ts";
import { ScriptPolicy } from "../network/policy/script-policy.ts";
import { failedOutcome, TransferFailure } from "../network/transfer/failures.ts";
import type { PerformOptions } from "../network/transfer/perform-options.ts";
import type { Policy } from "../network/transfer/policy.ts";
import type { Received } from "../network/transfer/received.ts";
import type { Outcome, Transfer } from "../network/transfer/transfer.ts";
import { answerWith, type DoorAnswer, plainAnswer } from "./script-answer.ts";
import type { AskedCall, DoorRequest, OpenRules, ScriptCall, ScriptRun } from "./script-call.ts";
import { checkIdentity } from "./script-identities.ts";
import { FAILURE } from "./script-planner.ts";
import { limitTransfer, readScriptTransfer } from "./script-transfer.ts";

/** What the calls of scripts may reach, and a function that learns what they ask for. */
export interface ScriptRules extends PolicyRules {
  /** Whether scripts use `http_proxy` and similar variables of the operator's environment. @default false */
  environmentProxy?: boolean | undefined;
  /**
   * Called with every origin that a script asks for, allowed or not. The argument is an entry that would allow it.
   */
  onOrigin?: ((entry: string) => void) | undefined;
  /** Called with every request that a script asks for, allowed or not. */
  onRequest?: ((request: ScriptRequest) => void) | undefined;
}

/** The door, with the rules of one runtime. */
export interface OpenDoor {
  /**
   * The rules of the runtime, narrowed by those of a run; undefined if the run has none.
   *
   * @throws HttpBackgroundError BAD_CONFIG, which names the wrong entry
   */
  narrow(rules: PolicyRules): OpenRules | undefined;
  /** Makes a transfer. The answer always comes, and not before this returns. */
  perform(
    request: DoorRequest,
    run: ScriptRun,
    call: ScriptCall,
    onAnswer: (answer: DoorAnswer) => void,
  ): void;
  /**
   * The mistake that a script was told of, with a sentence about it; undefined if the call was refused for another
   * reason.
   *
   * @param refusal the answer that the plugin's guest gave
   * @param id what the script gave as the id
   */
  explain(refusal: Uint8Array, id: string): HttpBackgroundError | undefined;
}

/** What the randomness of scripts follows from, in a test. */
export interface Chance {
  /** A seed, each time another one. */
  seed(): number;
}

/** What a test decides for all runtimes. */
export interface DoorOptions {
  readonly clock?: Clock;
  readonly workers?: number;
  readonly chance?: Chance | undefined;
}

/**
 * The transfers of scripts enter a loaded plugin here. They use the same network as those of an application, but they
 * have their own policy and limits.
 */
export class ScriptDoor {
  readonly plugin: Plugin;
  readonly network: Network;
  readonly clock: Clock;
  /** How many workers a runtime has that says nothing of it. @default as many as the machine can use */
  readonly workers: number | undefined;
  /** What the randomness of scripts follows from. @default nothing: it is random */
  readonly chance: Chance | undefined;
  /** Calls of all scripts begin in it. */
  readonly #starts = new SpreadWork(MOST_MS_A_TURN);

  constructor(plugin: Plugin, network: Network, { clock = REAL_CLOCK, workers, chance }: DoorOptions = {}) {
    this.plugin = plugin;
    this.network = network;
    this.clock = clock;
    this.workers = workers;
    this.chance = chance;
  }

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong entry */
  open(rules: ScriptRules): OpenDoor {
    const { environmentProxy = false, onOrigin, onRequest, ...policyRules } = rules;
    const observers = { onOrigin, onRequest };
    const policy = createPolicy(policyRules, { audience: "script", clock: this.clock }) as Policy;
    const tenancy = `scripts ${++doors}`;
    const openWith = (inForce: Policy): OpenRules => ({
      environmentProxy,
      tenancy,
      ofOwnProxy: new ScriptPolicy(inForce, observers, true),
      ofNoProxy: new ScriptPolicy(inForce, observers, false),
    });
    const open = openWith(policy);
    return {
      narrow: (own) => {
        const inner = createPolicy(own, { audience: "run", clock: this.clock });
        return inner === null ? undefined : openWith(new NarrowedPolicy(policy, inner));
      },
      perform: (request, run, call, onAnswer) =>
        this.#perform(run.rules ?? open, request, { run, call }, onAnswer),
      explain: (refusal, id) => {
        const { mistake } = readRefusal(refusal);
        return mistake && explainScriptMistake(mistake, id, this.network);
      },
    };
  }

  /** Resolves when all calls that are to be started in a later turn have started; undefined if there are none. */
  get pending(): Promise<void> | undefined {
    return this.#starts.pending;
  }

  #perform(
    rules: OpenRules,
    request: DoorRequest,
    asked: AskedCall,
    onAnswer: (answer: DoorAnswer) => void,
  ): void {
    const { run, call } = asked;
    let transfer: Transfer;
    let isCapped: boolean;
    try {
      transfer = readScriptTransfer(request, asked, this.plugin);
      checkIdentity(run, transfer.clientCertificate);
      isCapped = limitTransfer(transfer, call);
    } catch (error) {
      const bytes = error instanceof TransferFailure ? marshalFailure(failedOutcome(error.code)) : FAILURE;
      queueMicrotask(() => onAnswer(plainAnswer(bytes)));
      return;
    }
    const policy = transfer.proxy === null ? rules.ofNoProxy : rules.ofOwnProxy;
    if (transfer.proxy === null && !rules.environmentProxy) transfer.proxy = "";
    const tenancy = run.tenant === undefined ? rules.tenancy : `${rules.tenancy} for ${run.tenant}`;
    const options = { signal: call.signal, policy, asker: run, tenancy };
    void this.#transfer(transfer, options).then(({ outcome, received }) => {
      if ("thrown" in outcome) run.end(outcome.thrown);
      // The length was known to be too large, so the content was not received.
      if (isCapped && isTooLarge(outcome)) call.onReceive(call.receivable + 1);
      onAnswer(answerWith(outcome, run.handles, received, run.headPlace));
    });
  }

  #transfer(transfer: Transfer, options: PerformOptions): Promise<Ended> {
    return new Promise((resolve) => {
      const onEnd = (outcome: Outcome, received: Received | null): void => resolve({ outcome, received });
      this.#starts.now(() => this.network.start(transfer, options, { onEnd }));
    });
  }
}

/** How a transfer ended, and what is known of its last response besides. */
interface Ended {
  readonly outcome: Outcome;
  readonly received: Received | null;
}

let doors = 0;

function isTooLarge(outcome: Outcome): boolean {
  return "code" in outcome && outcome.code === "FILESIZE_EXCEEDED";
}
