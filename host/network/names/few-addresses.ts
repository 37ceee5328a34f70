import { isIPv4 } from "node:net";

/**
 * Maximum for one answer, of each family. A server may answer with thousands, and each call to the name
 * has its policy asked about all of them, in one turn of the event loop.
 */
const MOST_OF_A_FAMILY = 32;

/** The first addresses of each family, in their order. The others are never dialled, so no policy is asked about them. */
export function fewAddresses(addresses: readonly string[]): string[] {
  const left = { four: MOST_OF_A_FAMILY, six: MOST_OF_A_FAMILY };
  return addresses.filter((address) => left[isIPv4(address) ? "four" : "six"]-- > 0);
}
