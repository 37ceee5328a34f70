import { isIP } from "node:net";

/** Whether an address, as a socket or a lookup writes it, is this machine. */
export function isLoopback(address: string): boolean {
  const bare = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}
