import { hostname } from "node:os";
import { wordsOf } from "./hosts-file.ts";

export const NSSWITCH_CONF = "/etc/nsswitch.conf";

/** Which names only the system itself may know, beside those of the hosts file and of the DNS. */
export interface NameServices {
  /** Whether the system may know the name although the DNS does not. */
  mayKnow(name: string): boolean;
  /** Whether the system is asked and the DNS is not. */
  isLocal(name: string): boolean;
}

const isMulticast = (name: string): boolean => name.endsWith(".local");
const isOwn = (name: string): boolean =>
  name === hostname().toLowerCase() || name === "_gateway" || name === "_outbound";

/** What a service of nsswitch.conf(5) knows; one that is not here may know any name. */
const SERVICES: Readonly<Record<string, (name: string) => boolean>> = {
  files: () => false,
  dns: () => false,
  myhostname: isOwn,
  mdns: isMulticast,
  mdns4: isMulticast,
  mdns6: isMulticast,
  mdns_minimal: isMulticast,
  mdns4_minimal: isMulticast,
  mdns6_minimal: isMulticast,
};

const ANY_NAME = (): boolean => true;

/** Systems without nsswitch.conf: what they ask beside the DNS cannot be seen. */
const HIDDEN: NameServices = { mayKnow: ANY_NAME, isLocal: isMulticast };

/** @param platform Linux without the file asks the hosts file and the DNS */
export function parseNameServices(text: string, platform: string = process.platform): NameServices {
  const line = text.split("\n").find((each) => each.trimStart().startsWith("hosts:"));
  if (line === undefined) return platform === "linux" ? servicesOf([]) : HIDDEN;
  const [, names = ""] = withoutActions(line).split("hosts:");
  return servicesOf(wordsOf(names));
}

function servicesOf(names: readonly string[]): NameServices {
  const tests = names.map((name) => SERVICES[name] ?? ANY_NAME);
  const hasMulticast = tests.includes(isMulticast);
  return {
    mayKnow: (name) => tests.some((test) => test(name)),
    isLocal: (name) => hasMulticast && isMulticast(name),
  };
}

/** Less the comment and `[NOTFOUND=return]` and its like. */
function withoutActions(line: string): string {
  const comment = line.indexOf("#");
  const bare = comment === -1 ? line : line.slice(0, comment);
  const [first = "", ...rest] = bare.split("[");
  return [first, ...rest.map((part) => part.slice(part.indexOf("]") + 1))].join(" ");
}
