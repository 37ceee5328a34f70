import { isIP } from "node:net";
import { join } from "node:path";

/** The file with the system's own names. */
export const HOSTS_FILE =
  process.platform === "win32"
    ? join(process.env.SystemRoot ?? "C:\\Windows", "System32", "drivers", "etc", "hosts")
    : "/etc/hosts";

/** Addresses by name in lower case, in the order of the file (hosts(5)). Malformed lines are skipped. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const comment = line.indexOf("#");
    const [address = "", ...aliases] = wordsOf(comment === -1 ? line : line.slice(0, comment));
    if (isIP(address) === 0) continue;
    for (const alias of aliases) addAddress(names, alias.toLowerCase(), address);
  }
  return names;
}

function addAddress(names: Map<string, string[]>, name: string, address: string): void {
  const addresses = names.get(name);
  if (addresses === undefined) names.set(name, [address]);
  else if (!addresses.includes(address)) addresses.push(address);
}

/** The words between blanks. */
export function wordsOf(line: string): string[] {
  return line.split(/[ \t\r]/).filter((word) => word !== "");
}
