import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

/** The local addresses to which a connection may be bound; null if the system chooses. */
export type SourceAddresses = readonly string[] | null;

/** Looks a name up. For an address it returns this address. */
type Lookup = (hostname: string) => Promise<readonly string[]>;

/**
 * Finds the addresses of `sourceip`. As in curl, it may be an interface, an address or the name of a host, and is tried
 * in this order. `if!NAME` can only be an interface, and `host!NAME` cannot be an interface.
 *
 * @throws TransferFailure INTERFACE_FAILED, or the failure that ended the lookup
 */
export async function findSource(sourceip: ByteString, lookup: Lookup): Promise<SourceAddresses> {
  if (sourceip === "") return null;
  const [, prefix = "", name = ""] = /^(if!|host!)?(.*)$/s.exec(sourceip) ?? [];
  if (isIP(name) !== 0 && prefix !== "if!") return [name];
  const addresses = prefix === "host!" ? [] : interfaceAddresses(name);
  if (addresses.length > 0) return addresses;
  if (prefix === "if!") throw new TransferFailure("INTERFACE_FAILED");
  try {
    return await lookup(name.toLowerCase());
  } catch (error) {
    const isUnknown = error instanceof TransferFailure && error.code === "COULDNT_RESOLVE_HOST";
    throw isUnknown ? new TransferFailure("INTERFACE_FAILED", error) : error;
  }
}

function interfaceAddresses(name: string): string[] {
  const lowerCase = name.toLowerCase();
  const found = Object.entries(networkInterfaces()).find(([key]) => key.toLowerCase() === lowerCase);
  if (found === undefined) return [];
  const [zone, addresses = []] = found;
  return addresses.map(({ address }) => (isLinkLocal(address) ? `${address}%${zone}` : address));
}

/** The first source that can reach this address: with the same family, and both or neither of them link-local. */
export function pickSource(sources: readonly string[], address: string): string | undefined {
  return sources.find(
    (source) => isIP(source) === isIP(address) && isLinkLocal(source) === isLinkLocal(address),
  );
}

function isLinkLocal(address: string): boolean {
  return isIPv6(address) && /^fe[89ab]/i.test(address);
}
