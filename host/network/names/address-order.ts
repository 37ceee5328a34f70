import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.parse>;

/** A block of addresses in the default table of getaddrinfo (RFC 6724 §2.1, glibc's gai.conf). */
interface Block {
  readonly range: ReturnType<typeof ipaddr.IPv6.parseCIDR>;
  readonly precedence: number;
  /** Source and destination fit each other if they have the same label. */
  readonly label: number;
}

const block = (cidr: string, precedence: number, label: number): Block => ({
  range: ipaddr.IPv6.parseCIDR(cidr),
  precedence,
  label,
});

const BLOCKS: readonly Block[] = [
  block("::1/128", 50, 0),
  block("2002::/16", 30, 2),
  block("::ffff:0:0/96", 10, 4),
  block("fec0::/10", 40, 5),
  block("fc00::/7", 40, 6),
  block("2001::/32", 40, 7),
  block("::/96", 20, 3),
];
const ANY = block("::/0", 40, 1);

/** An address from which this machine can send. */
export interface Source {
  readonly address: string;
  /** Whether it belongs to the loopback interface. */
  readonly internal: boolean;
}

/**
 * Sorts addresses like getaddrinfo: first those that can be reached from here, then those that fit an address of this
 * machine, then IPv6 (RFC 6724 §6, rules 1, 2, 5 and 6). Otherwise their order does not change.
 *
 * @param sources called only if there is something to sort
 */
export function inOrder(
  addresses: readonly string[],
  sources: () => readonly Source[] = ownSources,
): readonly string[] {
  if (addresses.length < 2 || !addresses.some((address) => address.includes(":"))) return addresses;
  const own = sources().map(({ address, internal }) => ({ ...describe(address), internal }));
  const ranked = addresses.map((address) => ({ address, rank: rankOf(describe(address), own) }));
  return ranked.sort((a, b) => b.rank - a.rank).map(({ address }) => address);
}

interface Described extends Pick<Block, "precedence" | "label"> {
  readonly isIPv4: boolean;
  readonly isLoopback: boolean;
  readonly isNear: boolean;
}

function describe(text: string): Described {
  const [bare = ""] = text.split("%");
  const address = ipaddr.parse(bare);
  const { precedence, label } = blockOf(address);
  const range = address.range();
  const isLoopback = range === "loopback";
  const isNear = isLoopback || range === "linkLocal";
  return { precedence, label, isIPv4: address.kind() === "ipv4", isLoopback, isNear };
}

function blockOf(address: Address): Block {
  const wide = address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address;
  return BLOCKS.find(({ range }) => wide.match(range)) ?? ANY;
}

/** A higher rank is better. Each rule counts more than all rules after it. */
function rankOf(to: Described, own: readonly (Described & { internal: boolean })[]): number {
  const family = own.filter(({ isIPv4, internal }) => isIPv4 === to.isIPv4 && internal === to.isLoopback);
  const near = family.filter(({ isNear }) => isNear === to.isNear);
  const fitting = near.filter(({ label }) => label === to.label);
  const rules = [family, near, fitting].map(({ length }) => Number(length > 0));
  return rules.reduce((rank, holds) => 2 * rank + holds, 0) * 100 + to.precedence;
}

function ownSources(): Source[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}
