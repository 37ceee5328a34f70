import { createHash } from "node:crypto";

/** From the weakest to the strongest. */
const ALGORITHMS = ["sha256", "sha384", "sha512"];
const EXPECTED = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+)={0,2}(?:\?.*)?$/;

/** What content must be (Subresource Integrity §3.3): only the hashes of the strongest algorithm count. */
export class Integrity {
  readonly #algorithm: string;
  readonly #digests: readonly string[];

  /** @param text hashes with blanks between them. Those that are not understood do not count */
  constructor(text: string) {
    const expected = text.split(/[\t\n\f\r ]/).map((word) => EXPECTED.exec(word) ?? []);
    const strongest = Math.max(...expected.map(([, algorithm = ""]) => ALGORITHMS.indexOf(algorithm)));
    this.#algorithm = ALGORITHMS[strongest] ?? "";
    this.#digests = expected
      .filter(([, algorithm]) => algorithm === this.#algorithm)
      .map(([, , digest = ""]) => digest.replaceAll("+", "-").replaceAll("/", "_"));
  }

  /** Whether there is anything to compare. */
  get isNeeded(): boolean {
    return this.#algorithm !== "";
  }

  /** @throws TypeError if the content is something else */
  check(content: Uint8Array): void {
    const digest = createHash(this.#algorithm).update(content).digest("base64url");
    if (this.#digests.includes(digest)) return;
    throw new TypeError("fetch failed", {
      cause: new Error("the content does not have the expected integrity"),
    });
  }
}
