import { BlockList, isIP } from "node:net";

/**
 * Whether a `no_proxy` list contains a hostname of a `Url`, by libcurl's rules. Commas or blanks separate the entries.
 * A name stands for itself and its subdomains; dots at its ends do not count. An address stands for itself, and with
 * `/bits` for its network. A list that is only `*` contains everything. An entry with a port matches nothing.
 */
export function isExempt(hostname: string, list: string): boolean {
  if (list === "*") return true;
  const covers = isIP(hostname) === 0 ? coversName : coversAddress;
  return list.split(/[\t ,]+/).some((entry) => entry !== "" && covers(entry, hostname));
}

function coversName(entry: string, hostname: string): boolean {
  const domain = entry.toLowerCase().replace(/\.$/, "").replace(/^\./, "");
  return domain !== "" && (hostname === domain || hostname.endsWith(`.${domain}`));
}

function coversAddress(entry: string, address: string): boolean {
  const [network = "", rest] = entry.split("/", 2);
  // Like atoi: it reads the digits at the start, and ignores the rest.
  const bits = rest === undefined ? undefined : /^[0-9]*/.exec(rest)?.[0];
  const version = isIP(network);
  if (version === 0 || version !== isIP(address)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const width = version === 4 ? 32 : 128;
  // To curl, no number and the number 0 mean all bits.
  const prefix = Number(bits ?? 0) || width;
  if (prefix > width) return false;
  const block = new BlockList();
  block.addSubnet(withoutZone(network), prefix, family);
  return block.check(withoutZone(address), family);
}

function withoutZone(address: string): string {
  return address.split("%", 1)[0] ?? "";
}
