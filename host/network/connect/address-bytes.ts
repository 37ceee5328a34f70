import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

/** The 4 or 16 bytes of a valid address, in any form. The zone is left out: it has a meaning only on this machine. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  const [plain = ""] = address.split("%", 1);
  return Uint8Array.from(ipaddr.IPv6.parse(plain).toByteArray());
}
