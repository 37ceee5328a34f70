import { TestKitError } from "../mistakes/test-kit-error.ts";
import { readCassette, writeCassette } from "./cassette-file.ts";
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
  for (const entry of entries) redaction.learn(entry);
  const shown = entries.map((entry) => redaction.entry(entry));
  const changed = shown.filter((entry, at) => JSON.stringify(entry) !== JSON.stringify(entries[at])).length;
  const log = { ...redaction.rest(archive.log), entries: shown };
  const scrubbed = JSON.stringify({ ...archive, log });
  if (redaction.secrets.areIn(scrubbed))
    throw new TestKitError("BAD_CASSETTE", `${path}: a secret would still be in it, so it is not written`);
  if (scrubbed !== JSON.stringify(archive)) await writeCassette(path, { ...archive, log });
  return changed;
}
