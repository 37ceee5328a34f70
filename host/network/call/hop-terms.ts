import { CountedBody } from "../body/counted-body.ts";
import type { AskedRequest } from "../rules/exposure.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import type { Body } from "../transfer/body.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Additions, Terms } from "../transfer/terms.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { admit } from "./admission.ts";

/** The call whose hops have terms. */
export interface TermsOwner {
  fail(failure: TransferFailure): void;
  /** Its own time limit stands still, or goes on. */
  pauseTime(): void;
  resumeTime(): void;
}

const NONE: readonly Terms[] = [];

/** The terms of the hops of one call, one hop after the other. */
export class HopTerms {
  /** What the host adds to the hop. */
  additions: Additions | null = null;
  readonly #owner: TermsOwner;
  readonly #asker: AskingRun | null;
  /** Tells functions of the host that the call is over. */
  readonly #over = new AbortController();
  #terms = NONE;
  #isPaused = false;

  constructor(owner: TermsOwner, asker: AskingRun | null) {
    this.#owner = owner;
    this.#asker = asker;
  }

  /**
   * Begins another hop. It is a promise only if the host is asked.
   *
   * @throws TransferFailure at once or later, if the terms do not allow the hop
   */
  begin(terms: readonly Terms[], asked: AskedRequest, hop: number): Promise<void> | undefined {
    this.#terms = terms;
    this.additions = null;
    const admitted = admit(terms, {
      asked,
      hop,
      asker: this.#asker,
      over: this.#over.signal,
      pauseTime: () => this.#pause(),
      resumeTime: () => this.#resume(),
    });
    if (!(admitted instanceof Promise)) {
      this.additions = admitted;
      return undefined;
    }
    return admitted.then((additions) => {
      this.additions = this.#over.signal.aborted ? null : additions;
    });
  }

  /** The transfer, with the certificate that the host shows at the hop. */
  shown(transfer: Transfer): Transfer {
    const certificate = this.additions?.clientCertificate ?? null;
    return certificate === null ? transfer : { ...transfer, clientCertificate: certificate };
  }

  /** The body, whose bytes are counted if a budget wants it. */
  counted(body: Body): Body {
    return this.#countsBytes ? CountedBody.of(body, (bytes) => this.count(bytes)) : body;
  }

  /** Counts bytes of a body or of content. If they are too many, the call fails. */
  count(bytes: number): boolean {
    if (!this.#countsBytes) return true;
    // Each of them counts, also behind one that has had enough.
    const isWithin = this.#terms.map((one) => one.countBytes(this.#asker, bytes)).every(Boolean);
    if (!isWithin) this.#owner.fail(new TransferFailure("BYTE_BUDGET"));
    return isWithin;
  }

  /** The call is over. Nothing of the host's is kept for it. */
  end(): void {
    this.additions = null;
    this.#resume();
    this.#over.abort();
  }

  get #countsBytes(): boolean {
    return this.#terms.some(({ countsBytes }) => countsBytes);
  }

  #pause(): void {
    if (this.#over.signal.aborted) return;
    this.#isPaused = true;
    this.#owner.pauseTime();
    this.#asker?.pauseTime?.();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#owner.resumeTime();
    this.#asker?.resumeTime?.();
  }
}
