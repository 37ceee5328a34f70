import { Connector } from "../../host/network/connect/connector.ts";
import { LookupError } from "../../host/network/names/lookup-error.ts";
import { Names, type NamesOptions } from "../../host/network/names/names.ts";

/** The answer of a test's DNS for a name. */
export type Answers = (hostname: string) => readonly string[] | Promise<readonly string[]>;

/** Names whose addresses come only from `answers`. No file and no server of the system is used. */
export function namesOf(answers: Answers, options: NamesOptions = {}): Names {
  const none = "/nonexistent";
  const find = async (hostname: string): Promise<readonly string[]> => {
    const addresses = await answers(hostname);
    if (addresses.length > 0) return addresses;
    throw new LookupError("ENOTFOUND", hostname, { server: "a test" });
  };
  return new Names({
    hostsFile: none,
    resolvConf: none,
    nsswitchConf: none,
    askDns: (hostname) => ({ answer: find(hostname), cancel: () => true }),
    ...options,
  });
}

/** A connector for such names. */
export function connectorOf(answers: Answers, options?: NamesOptions): Connector {
  return new Connector(namesOf(answers, options));
}
