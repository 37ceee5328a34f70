import { hostname } from "node:os";
import { wordsOf } from "./hosts-file.ts";

export const NSSWITCH_CONF = "/etc/nsswitch.conf";

/** Which names only the system itself may know. They are neither in the hosts file nor in the DNS. */
export interface NameServices {
  /** Whether the system may know the name although the DNS does not. */
  mayKnow(name: string): boolean;
  /** Whether only the system is asked, and not the DNS. */
  isLocal(name: string): boolean;
}

const isMulticast = (name: string): boolean => name.endsWith(".local");
const isOwn = (name: string): boolean =>
  name === hostname().toLowerCase() || name === "_gateway" || name === "_outbound";

/** The names that a service of nsswitch.conf(5) knows. A service that is not here may know any name. */
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

/** For systems without nsswitch.conf. We cannot know what they ask besides the DNS. */
const HIDDEN: NameServices = { mayKnow: ANY_NAME, isLocal: isMulticast };

/** @param platform on Linux without this file, the system asks only the hosts file and the DNS */
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

/** Removes the comment, and actions such as `[NOTFOUND=return]`. */
function withoutActions(line: string): string {
  const comment = line.indexOf("#");
  const bare = comment === -1 ? line : line.slice(0, comment);
  const [first = "", ...rest] = bare.split("[");
  return [first, ...rest.map((part) => part.slice(part.indexOf("]") + 1))].join(" ");
}
