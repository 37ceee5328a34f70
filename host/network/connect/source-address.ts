import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

import type { NameCache } from "./lookup.ts";

/** The local addresses that a connection may be bound to; null leaves the choice to the system. */
export type SourceAddresses = readonly string[] | null;

/**
 * What `sourceip` stands for, tried in curl's order: an interface, an address, the name of a host.
 * `if!NAME` is an interface only, `host!NAME` never one.
 *
 * @throws TransferFailure INTERFACE_FAILED
 */
export async function findSource(sourceip: ByteString, names: NameCache): Promise<SourceAddresses> {
  if (sourceip === "") return null;
  const [, prefix = "", name = ""] = /^(if!|host!)?(.*)$/s.exec(sourceip) ?? [];
  if (isIP(name) !== 0 && prefix !== "if!") return [name];
  const addresses = prefix === "host!" ? [] : interfaceAddresses(name);
  if (addresses.length > 0) return addresses;
  if (prefix === "if!") throw new TransferFailure("INTERFACE_FAILED");
  try {
    return await names.lookup(name.toLowerCase());
  } catch (error) {
    throw new TransferFailure("INTERFACE_FAILED", error);
  }
}

function interfaceAddresses(name: string): string[] {
  const lowerCase = name.toLowerCase();
  const found = Object.entries(networkInterfaces()).find(([key]) => key.toLowerCase() === lowerCase);
  if (found === undefined) return [];
  const [zone, addresses = []] = found;
  return addresses.map(({ address }) => (isLinkLocal(address) ? `${address}%${zone}` : address));
}

/** The first of the sources from which this address can be reached: same family, and both link-local or neither. */
export function pickSource(sources: readonly string[], address: string): string | undefined {
  return sources.find(
    (source) => isIP(source) === isIP(address) && isLinkLocal(source) === isLinkLocal(address),
  );
}

function isLinkLocal(address: string): boolean {
  return isIPv6(address) && /^fe[89ab]/i.test(address);
}
