import { getRandomValues, randomUUID } from "./random.ts";
import { SubtleCrypto } from "./subtle.ts";

export class Crypto {
  readonly #subtle = new SubtleCrypto();

  get subtle(): SubtleCrypto {
    return this.#subtle;
  }

  getRandomValues<T>(array: T): T {
    return getRandomValues(array);
  }

  randomUUID(): string {
    return randomUUID();
  }
}
