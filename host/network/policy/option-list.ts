import { type Refuse, refusing } from "../../api/refusal.ts";
import type { Transfer } from "../transfer/transfer.ts";

/** The options that widen what a call may do, and whether a transfer uses one of them. */
const WIDENING: ReadonlyMap<string, (transfer: Transfer) => boolean> = new Map([
  // "" counts too, because it avoids the proxy that the operator's environment names.
  ["proxy", ({ proxy }) => proxy !== null],
  ["sourceip", ({ sourceip }) => sourceip !== null && sourceip !== ""],
  ["tls_verify_peer", ({ tlsVerifyPeer }) => !tlsVerifyPeer],
  ["tls_verify_host", ({ tlsVerifyHost }) => !tlsVerifyHost],
  ["tls_client_cert", ({ clientCertificate }) => clientCertificate !== null],
]);

/** Which of the options that widen what a call may do are allowed. */
export class OptionList {
  readonly #closed: readonly [name: string, isUsed: (transfer: Transfer) => boolean][];

  /** @throws HttpBackgroundError BAD_CONFIG, which names the first wrong entry */
  constructor(open: readonly unknown[], option: string) {
    for (const [index, entry] of open.entries()) {
      const refuse: Refuse = refusing(entry, `${option}[${index}]`);
      if (typeof entry !== "string" || !WIDENING.has(entry)) {
        refuse(`is not one of these options: ${[...WIDENING.keys()].join(", ")}`);
      }
    }
    this.#closed = [...WIDENING].filter(([name]) => !open.includes(name));
  }

  /** The first option that a transfer uses and that is not allowed; null if there is none. */
  findClosed(transfer: Transfer): string | null {
    return this.#closed.find(([, isUsed]) => isUsed(transfer))?.[0] ?? null;
  }
}
