import { isDeepStrictEqual } from "node:util";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import { isSecretIn } from "./archive-text.ts";
import { readCassette, writeCassette } from "./cassette-file.ts";
import { Pace } from "./pace.ts";
import { Redaction, type RedactOptions } from "./redaction.ts";

/**
 * Hides the secrets in a cassette that is there already, or in an HTTP archive of another program, such as a browser.
 *
 * @returns the number of entries that have changed
 * @throws TestKitError BAD_CASSETTE if there is no such file, or if it is none; HttpBackgroundError BAD_CONFIG
 */
export async function scrubCassette(path: string, redact?: RedactOptions): Promise<number> {
  const redaction = new Redaction(redact);
  const archive = await readCassette(path);
  if (archive === null) throw new TestKitError("BAD_CASSETTE", `${path}: there is no such file`);
  const { entries } = archive.log;
  const pace = new Pace();
  const shown = await redaction.entries(entries, pace);
  const changed = shown.filter((entry, at) => !isDeepStrictEqual(entry, entries[at])).length;
  const scrubbed = { ...archive, log: { ...redaction.rest(archive.log), entries: shown } };
  if (await isSecretIn(scrubbed, redaction.secrets, pace))
    throw new TestKitError("BAD_CASSETTE", `${path}: a secret would still be in it, so it is not written`);
  if (!isDeepStrictEqual(scrubbed, archive)) await writeCassette(path, scrubbed);
  return changed;
}
