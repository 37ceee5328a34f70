import { BlockList, isIP } from "node:net";

/**
 * Whether a `no_proxy` list covers a hostname of a `Url`, by libcurl's rules: entries between commas or blanks; a name covers
 * itself and what is below it, dots at its ends do not count; an address covers itself, with `/bits` its network; `*`, alone,
 * covers everything. Ports are not understood.
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
  const slash = entry.indexOf("/");
  const network = slash < 0 ? entry : entry.slice(0, slash);
  const bits = slash < 0 ? "" : /^[0-9]*/.exec(entry.slice(slash + 1))?.[0];
  const version = isIP(network);
  if (version === 0 || version !== isIP(address)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const width = version === 4 ? 32 : 128;
  // To curl, no bits and zero bits are all of them.
  const prefix = Number(bits) || width;
  if (prefix > width) return false;
  const block = new BlockList();
  block.addSubnet(withoutZone(network), prefix, family);
  return block.check(withoutZone(address), family);
}

function withoutZone(address: string): string {
  return address.split("%", 1)[0] ?? "";
}
