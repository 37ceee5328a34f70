import { type Refuse, refusing } from "../../api/refusal.ts";
import { type Address, type AddressRange, isInRange, readRange } from "./address-ranges.ts";
import { parseEntry } from "./entry.ts";
import { comparableHost, hasEmptyLabel, isNumeric, parentNames } from "./hosts.ts";

const KINDS = 'an entry is a name, "*.name", an address, a range such as "10.0.0.0/8", or "private"';

/** Hosts and addresses that must not be reached: names, `*.name`, addresses, CIDR ranges, `private`. */
export class BlockList {
  /** Whether the list contains the word `private`. */
  readonly hasPrivate: boolean;
  readonly #names = new Map<string, string>();
  /** Length of the longest of `#names`. */
  #longest = 0;
  readonly #ranges: { text: string; range: AddressRange }[] = [];

  /** @throws HttpBackgroundError BAD_CONFIG, which names the first wrong entry */
  constructor(entries: readonly unknown[], option: string) {
    let hasPrivate = false;
    for (const [index, entry] of entries.entries()) {
      const refuse: Refuse = refusing(entry, `${option}[${index}]`);
      if (typeof entry !== "string") refuse(`is not a string: ${KINDS}`);
      else if (entry.toLowerCase() === "private") hasPrivate = true;
      else this.#add(entry, refuse);
    }
    this.hasPrivate = hasPrivate;
  }

  /** The entry that blocks a host (in the form of `comparableHost`) by its name; null if there is none. */
  findName(host: string): string | null {
    if (this.#names.size === 0) return null;
    const exact = this.#names.get(host);
    if (exact !== undefined) return exact;
    for (const parent of parentNames(host, this.#longest)) {
      const entry = this.#names.get(`*.${parent}`);
      if (entry !== undefined) return entry;
    }
    return null;
  }

  /** The entry that blocks an address in one of its forms; null if there is none. */
  findAddress(forms: readonly Address[]): string | null {
    for (const { text, range } of this.#ranges) {
      if (forms.some((form) => isInRange(form, range))) return text;
    }
    return null;
  }

  #add(text: string, refuse: Refuse): void {
    const wildcard = text.startsWith("*.") ? "*." : "";
    const bare = text.slice(wildcard.length);
    const written = readRange(bare.replace(/^\[(.*)\]$/, "$1"));
    const host = written === null ? readHost(bare, refuse) : bare;
    if (wildcard !== "" && isNumeric(host))
      refuse('has a wildcard in an address: write a range, "10.0.0.0/8"');
    const range = written ?? readRange(host);
    if (range !== null) this.#ranges.push({ text, range });
    else this.#addName(wildcard + host, text, refuse);
  }

  /** Refuses a name that no URL can have. Such an entry would look as if it blocked something, but it would not. */
  #addName(name: string, text: string, refuse: Refuse): void {
    if (isNumeric(name)) refuse(`is neither an address nor a range: ${KINDS}`);
    if (hasEmptyLabel(name)) refuse('has one dot too many: write "*." for subdomains');
    this.#names.set(name, text);
    this.#longest = Math.max(this.#longest, name.length);
  }
}

function readHost(text: string, refuse: Refuse): string {
  if (text === "" || text === "*")
    return refuse("would block everything: for that, write an empty allow list");
  if (text.includes("://")) return refuse("is an origin: block its name or its address");
  if (text.includes("/")) return refuse(`is not a range: ${KINDS}`);
  if (/:\d*$/.test(text))
    return refuse("has a port: a host is blocked on all its ports; write it without a port");
  const url = /[@?#\\*]/.test(text) ? null : parseEntry(`http://${text}/`);
  return url === null ? refuse(`is not a host: ${KINDS}`) : comparableHost(url.hostname);
}
