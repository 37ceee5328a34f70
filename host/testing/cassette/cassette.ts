import type { Answer, ExchangeObserver, SeenExchange } from "../exchange/answer.ts";
import type { SentRequest } from "../exchange/sent-request.ts";
import { TestKitError } from "../mistakes/test-kit-error.ts";
import { isSecretIn } from "./archive-text.ts";
import { checkSize, readCassette, stampOf, writeCassette } from "./cassette-file.ts";
import { readAnswer } from "./entry-reader.ts";
import { withOneBoundary, writeEntry, writeRequest } from "./entry-writer.ts";
import { CREATOR, type Har, type HarEntry, type HarRequest, type HarResponse } from "./har.ts";
import { type CassetteRequest, comparable, Matcher, type MatchOptions } from "./match.ts";
import { Pace } from "./pace.ts";
import { Redaction, type RedactOptions } from "./redaction.ts";

/** replay: only what was recorded. record: all anew. update: what was recorded, and the rest anew. bypass: no cassette. */
export type CassetteMode = "replay" | "record" | "update" | "bypass";

export const CASSETTE_MODES: readonly CassetteMode[] = ["replay", "record", "update", "bypass"];

/** What a cassette is made of. */
export interface CassetteParts {
  readonly path: string;
  readonly mode: CassetteMode;
  readonly match?: MatchOptions | undefined;
  readonly redact?: RedactOptions | undefined;
  readonly isRepeating: boolean;
  readonly isTimed: boolean;
  /** The full name of the test; undefined if it is not known. */
  readonly test: string | undefined;
}

/** An entry of the file. */
interface Recorded {
  readonly entry: HarEntry;
  readonly request: CassetteRequest;
  isPlayed: boolean;
}

/** A recorded exchange that is not written yet. Its place is where it began. */
interface Fresh {
  entry: HarEntry | null;
}

/** null if it is one. */
function whyNoAnswer({ status, content: { text, _file } }: HarResponse): string | null {
  if (status >= 100 && status <= 199) return `the status ${status}, which is no answer`;
  if (typeof _file !== "string" || text !== undefined) return null;
  return `its content in another file, ${_file}: record it with the content in the archive`;
}

/** Refuses the cassette of another test: names that differ only in punctuation make the same name of a file. @throws TestKitError BAD_CASSETTE */
function checkOwner(archive: Har | null, { path, test }: CassetteParts): void {
  const owner = archive?.log._test;
  if (owner === undefined || test === undefined || owner === test) return;
  const advice = "give this one another name, or delete the file if that test is gone";
  throw new TestKitError("BAD_CASSETTE", `${path}: is the cassette of another test, "${owner}": ${advice}`);
}

/** The exchanges of one test, recorded and replayed. */
export class Cassette {
  /** Its secrets are those of the test. */
  readonly redaction: Redaction;
  readonly #parts: CassetteParts;
  readonly #matcher: Matcher;
  readonly #archive: Har | null;
  readonly #recorded: Recorded[] = [];
  readonly #fresh: Fresh[] = [];
  /** Of the file, as it was when it was opened or written. */
  #stamp: string | null;

  private constructor(parts: CassetteParts, archive: Har | null, stamp: string | null) {
    this.#parts = parts;
    this.#stamp = stamp;
    this.redaction = new Redaction(parts.redact);
    this.#matcher = new Matcher(parts.match);
    this.#archive = archive;
  }

  /** @throws TestKitError BAD_CASSETTE; HttpBackgroundError BAD_CONFIG */
  static async open(parts: CassetteParts): Promise<Cassette> {
    const { mode, path } = parts;
    if (mode === "bypass") return new Cassette(parts, null, null);
    const stamp = await stampOf(path);
    // Whatever it is, it is recorded anew then; but not if it is another test's.
    const reading = readCassette(path);
    const archive = await (mode === "record" ? reading.catch(() => null) : reading);
    checkOwner(archive, parts);
    const cassette = new Cassette(parts, mode === "record" ? null : archive, stamp);
    await cassette.#readEntries();
    return cassette;
  }

  async #readEntries(): Promise<void> {
    const pace = new Pace();
    for (const entry of this.#archive?.log.entries ?? []) {
      const shown = await this.redaction.entryLater(entry, pace);
      this.#recorded.push({ entry: shown, request: this.#comparable(entry.request), isPlayed: false });
    }
  }

  /** The entries that were not replayed. */
  get unused(): string[] {
    return this.#recorded
      .filter(({ isPlayed }) => !isPlayed)
      .map(({ request }) => `${request.method} ${request.url}`);
  }

  /** The address that a host had; null if that is not known. */
  addressOf(hostname: string): string | null {
    const found = this.#recorded.find(({ entry }) => {
      return (
        entry.serverIPAddress &&
        URL.canParse(entry.request.url) &&
        new URL(entry.request.url).hostname === hostname
      );
    });
    // Some programs put it in brackets.
    return found?.entry.serverIPAddress?.replace(/^\[|\]$/g, "") ?? null;
  }

  /** What a request gets. @throws TestKitError NO_FAKE if nothing was recorded, and nothing may be */
  answer(sent: SentRequest): Answer {
    const { mode } = this.#parts;
    if (mode === "bypass") return { kind: "network", observer: null };
    const live = writeRequest(sent);
    this.#learn(live, sent);
    const found = mode === "record" ? undefined : this.#find(this.#comparable(live));
    if (found !== undefined) {
      this.#checkFinal(found);
      found.isPlayed = true;
      return readAnswer(found.entry, { isOwn: this.#isOwn(found.entry), isTimed: this.#parts.isTimed });
    }
    if (mode === "replay") throw this.#explain(this.#comparable(live));
    return { kind: "network", observer: this.#newObserver() };
  }

  /** Writes what was recorded, if there is something. @throws TestKitError BAD_CASSETTE */
  async save(): Promise<void> {
    const fresh = this.#fresh.flatMap(({ entry }) => entry ?? []);
    if (fresh.length === 0) return;
    const before = this.#recorded.map(({ entry }) => entry);
    checkSize(this.#parts.path, [...before, ...fresh]);
    const pace = new Pace();
    const entries = await this.redaction.entries([...before, ...fresh], pace);
    const { path, test } = this.#parts;
    const archive: Har = {
      ...this.#archive,
      log: {
        version: "1.2",
        creator: { name: CREATOR, version: FORMAT },
        ...(this.#archive && this.redaction.rest(this.#archive.log)),
        ...(test === undefined ? {} : { _test: test }),
        entries,
      },
    };
    if (await isSecretIn(archive, this.redaction.secrets, pace))
      throw new TestKitError("BAD_CASSETTE", `${path}: a secret would be in it, so it is not written`);
    // What another test has recorded meanwhile would be lost.
    if ((await stampOf(path)) !== this.#stamp)
      throw new TestKitError(
        "BAD_CASSETTE",
        `${path}: was written by another test meanwhile: give each test a file of its own`,
      );
    await writeCassette(path, archive);
    this.#stamp = await stampOf(path);
    this.#fresh.length = 0;
    this.#recorded.push(...entries.slice(before.length).map((entry) => this.#played(entry)));
  }

  #played(entry: HarEntry): Recorded {
    return { entry, request: comparable(entry.request), isPlayed: true };
  }

  /** Entries of ours may have been added to an archive of another program. */
  #isOwn({ _thread }: HarEntry): boolean {
    return _thread !== undefined || this.#archive?.log.creator?.name === CREATOR;
  }

  #learn(live: HarRequest, { head }: SentRequest): void {
    for (const name of head.sensitive ?? []) this.redaction.addInjected(name);
    this.redaction.learnRequest(live);
  }

  #comparable(request: HarRequest): CassetteRequest {
    return comparable(this.redaction.request(withOneBoundary(request)));
  }

  /** @throws TestKitError BAD_CASSETTE if it is no answer: after a status of 1xx, the answer comes */
  #checkFinal({ entry: { response }, request }: Recorded): void {
    const why = whyNoAnswer(response);
    if (why === null) return;
    const at = this.#recorded.findIndex((one) => one.request === request);
    const which = `log.entries[${at}], ${request.method} ${request.url},`;
    throw new TestKitError("BAD_CASSETTE", `${this.#parts.path}: ${which} has ${why}`);
  }

  /** The next entry of this request. */
  #find(came: CassetteRequest): Recorded | undefined {
    const fits = ({ request }: Recorded): boolean => this.#matcher.fits(came, request);
    const next = this.#recorded.find((one) => !one.isPlayed && fits(one));
    return next ?? (this.#parts.isRepeating ? this.#recorded.findLast(fits) : undefined);
  }

  #newObserver(): ExchangeObserver {
    const fresh: Fresh = { entry: null };
    this.#fresh.push(fresh);
    return {
      onSeen: (seen: SeenExchange) => {
        this.#learn(writeRequest(seen.request), seen.request);
        fresh.entry = writeEntry(seen);
      },
    };
  }

  #explain(came: CassetteRequest): TestKitError {
    const { path } = this.#parts;
    const lines = [`the cassette ${path} does not answer ${came.method} ${came.url}`];
    const others = this.#recorded.map((one) => ({
      ...one,
      differences: this.#matcher.differ(came, one.request),
    }));
    const [nearest] = others.sort((a, b) => a.differences.length - b.differences.length);
    if (this.#archive === null) lines.push("  there is no such file: record it with the mode record");
    else if (nearest === undefined) lines.push("  it is empty");
    else if (nearest.differences.length === 0) lines.push("  all its entries of this request are played");
    else {
      lines.push(`  the nearest of ${others.length} is ${nearest.request.method} ${nearest.request.url}`);
      for (const { where, wanted, came: seen } of nearest.differences)
        lines.push(`    ${where}: wanted ${wanted}, came ${seen}`);
    }
    lines.push("  If the cassette is old, record it anew with HTTP_BACKGROUND_CASSETTES=record");
    return new TestKitError("NO_FAKE", lines.join("\n"));
  }
}

/** The version of our own fields. It is not that of the package, so that files do not change with it. */
const FORMAT = "1";
