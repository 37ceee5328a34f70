// Gets each answer of curl's test suite with the curl command and with us, and compares. Argument: the folder tests/data
// of curl's sources.
import { certificates } from "../support/certificates.ts";
import type { TwinCall } from "../support/curl.ts";
import { differences } from "../support/twins.ts";
import { readSuite } from "./answers.ts";
import { KNOWN } from "./known.ts";
import { SuiteServer } from "./server.ts";

/** The calls for each test. HEAD is missing: the curl command expects content if only the method is HEAD. */
const REQUESTS: readonly Pick<TwinCall, "options" | "post">[] = [
  {},
  { options: { redirects: 5 } },
  { options: { redirects: 5, username: "user", password: "password" } },
  { post: "a=b", options: { redirects: 5 } },
  { post: "a=b", options: { method: "PUT", redirects: 5 } },
];
const TIMEOUT_SECONDS = 10;
const LONGEST_LINE = 400;

const tests = readSuite(process.argv[2] ?? "");
const server = await SuiteServer.start(tests);
const calls = tests.flatMap(({ number }) =>
  REQUESTS.map(
    ({ options, ...rest }): TwinCall => ({
      what: String(number),
      url: `http://127.0.0.1:${server.port}/${number}`,
      options: { ...options, timeout: TIMEOUT_SECONDS },
      ...rest,
    }),
  ),
);
const found = await differences(calls, { authority: certificates().authority });
await server.close();

const isKnown = (text: string): boolean => KNOWN.some((number) => text.includes(`"what":"${number}"`));
const unknown = found.filter((text) => !isKnown(text));
for (const text of unknown) console.log(text.slice(0, LONGEST_LINE));
console.log(
  `${tests.length} tests: ${calls.length - found.length} calls equal, ` +
    `${found.length - unknown.length} different as known, ${unknown.length} different`,
);
process.exitCode = unknown.length === 0 && calls.length > found.length ? 0 : 1;
