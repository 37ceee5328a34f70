import { fileURLToPath } from "node:url";
import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { CASSETTE_MODES, type CassetteMode, type CassetteParts } from "./cassette.ts";
import type { MatchOptions } from "./match.ts";
import type { RedactOptions } from "./redaction.ts";

/** A file in which exchanges are recorded, and from which they are replayed. */
export interface CassetteOptions {
  /** An HTTP archive (HAR 1.2). `cassetteOf` names one for each test. */
  readonly file: string | URL;
  /**
   * `replay` never touches the network. `record` begins anew. `update` replays what is there, and records the rest.
   * `bypass` uses the network and no file.
   * @default that of the variable HTTP_BACKGROUND_CASSETTES; or else replay if the variable CI is set, otherwise update
   */
  readonly mode?: CassetteMode | undefined;
  /** How a request finds its entry. @default the same method, URL and body */
  readonly match?: MatchOptions | undefined;
  /** What is hidden, besides credentials, cookies and the secrets of rules. */
  readonly redact?: RedactOptions | undefined;
  /** Whether the last entry of a request is given again when all are given. @default false */
  readonly repeat?: boolean | undefined;
  /** Whether what is replayed takes as long as it took, on the clock of the test. @default false: it comes at once */
  readonly timings?: boolean | undefined;
  /** The full name of the test: it is written into the file, and no other test may use that. @default any may */
  readonly test?: string | undefined;
}

const KEYS: readonly (keyof CassetteOptions)[] = [
  "file",
  "mode",
  "match",
  "redact",
  "repeat",
  "timings",
  "test",
];

/** The variable that says the mode of all cassettes that say none. */
const MODE_VARIABLE = "HTTP_BACKGROUND_CASSETTES";

/** @throws HttpBackgroundError BAD_CONFIG, which names the wrong member */
export function readCassetteOptions(
  given: string | URL | CassetteOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): CassetteParts {
  const options = typeof given === "string" || given instanceof URL ? { file: given } : given;
  refuseUnknownOptions(options, KEYS, "BAD_CONFIG", "cassette");
  const { file, mode = defaultMode(env), match, redact, repeat = false, timings = false, test } = options;
  if (!(file instanceof URL) && (typeof file !== "string" || file === ""))
    throw bad("file", "must be a path or a URL");
  if (!CASSETTE_MODES.includes(mode)) throw bad("mode", `must be one of ${CASSETTE_MODES.join(", ")}`);
  if (typeof repeat !== "boolean") throw bad("repeat", "must be true or false");
  if (typeof timings !== "boolean") throw bad("timings", "must be true or false");
  if (test !== undefined && typeof test !== "string") throw bad("test", "must be text");
  const path = file instanceof URL ? fileURLToPath(file) : file;
  return { path, mode, match, redact, isRepeating: repeat, isTimed: timings, test };
}

function defaultMode(env: Readonly<Record<string, string | undefined>>): CassetteMode {
  const named = env[MODE_VARIABLE];
  if (named !== undefined && named !== "") return named as CassetteMode;
  const { CI = "" } = env;
  return CI === "" || CI === "false" || CI === "0" ? "update" : "replay";
}

function bad(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_CONFIG", `cassette.${option}: ${why}`, {
    option: `cassette.${option}`,
  });
}
