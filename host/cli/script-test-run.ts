import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { nearestName } from "../api/nearest-name.ts";
import { type ErrorCode, HttpBackgroundError } from "../index.ts";
import { ScriptError } from "../script/index.ts";
import {
  createTestClock,
  type Fake,
  type Reply,
  type RequestPattern,
  type TestedScript,
  type TestHttpBackground,
  TestKitError,
  testScript,
} from "../testing/index.ts";
import type { Expectation, Members, ScriptTest } from "./script-tests.ts";

/** What a fake does besides fitting a pattern. */
const ANSWER_KEYS = ["reply", "fail", "never", "garbage", "times", "delay", "optional"];
const REPLY_KEYS = ["status", "headers", "content"];
/** How far the time is moved at once. Whatever waits for less ends at its own time. */
const STEP_MS = 1000;
const PAUSE_MS = 2;

/** What a run has come to. */
interface Ended {
  readonly output: string;
  readonly result: unknown;
  readonly code: string | undefined;
  readonly requests: number;
}

/** Runs a test. Nothing in it waits for real time. @returns What is wrong, in lines; null if nothing is */
export async function runTest(script: TestedScript, test: ScriptTest): Promise<string | null> {
  try {
    return compare(await play(script, test), test.expect);
  } catch (error) {
    if (error instanceof TestKitError || error instanceof HttpBackgroundError) return error.message;
    if (error instanceof ScriptError) return `${error.message} (${error.code})`;
    throw error;
  }
}

async function play(script: TestedScript, test: ScriptTest): Promise<Ended> {
  const clock = createTestClock();
  let requests = 0;
  let isOver = false;
  const running = testScript(script, {
    args: test.args,
    entry: test.entry,
    files: await readFiles(test.files),
    timeout: test.timeout,
    allow: test.allow,
    http: { clock },
    runtime: { onRequest: () => void requests++ },
    when: (when) => {
      for (const fake of test.when) makeFake(when, fake);
    },
  }).finally(() => {
    isOver = true;
  });
  running.catch(() => {});
  while (!isOver) {
    // Before it has begun, it is loaded, which takes real time.
    if (clock.waiting === 0) await pause(PAUSE_MS);
    else await clock.advance(STEP_MS);
  }
  try {
    const { output, result } = await running;
    return { output, result, code: undefined, requests };
  } catch (error) {
    if (!(error instanceof ScriptError) || test.expect.code === undefined) throw error;
    return { output: error.output, result: undefined, code: error.code, requests };
  }
}

async function readFiles(files: ScriptTest["files"]): Promise<Record<string, Uint8Array>> {
  const read = Object.entries(files).map(async ([name, path]) => [name, await readFile(path)] as const);
  return Object.fromEntries(await Promise.all(read));
}

function makeFake(when: TestHttpBackground["when"], members: Members): void {
  const own = Object.entries(members).filter(([key]) => ANSWER_KEYS.includes(key));
  const pattern = Object.fromEntries(Object.entries(members).filter(([key]) => !ANSWER_KEYS.includes(key)));
  const fake = when(pattern as RequestPattern);
  const given = Object.fromEntries(own);
  answer(fake, given);
  if (given.times !== undefined) fake.times(given.times as number);
  if (given.delay !== undefined) fake.delay(given.delay as number);
  if (given.optional === true) fake.optional();
}

function answer(fake: Fake, { reply, fail, never, garbage }: Members): void {
  if (fail !== undefined) fake.fail(fail as ErrorCode);
  else if (never === true) fake.never();
  else if (garbage === true) fake.garbage();
  else for (const one of [reply ?? {}].flat()) addReply(fake, one);
}

/** A number is a status, and a text is content. */
function addReply(fake: Fake, given: unknown): void {
  if (typeof given === "number") fake.reply(given);
  else if (typeof given === "string") fake.reply(200, {}, given);
  else {
    refuseUnknown(Object.keys(Object(given)));
    const { status, headers, content } = Object(given) as Reply;
    fake.reply(status, headers, content);
  }
}

function refuseUnknown(keys: readonly string[]): void {
  const unknown = keys.find((key) => !REPLY_KEYS.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, REPLY_KEYS);
  const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  const message = `reply.${unknown}: there is no such key; the keys are ${REPLY_KEYS.join(", ")}${question}`;
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: `reply.${unknown}` });
}

function compare(ended: Ended, expect: Expectation): string | null {
  const lines = (["code", "result", "output", "requests"] as const).flatMap((key) => {
    const [wanted, came] = [expect[key], ended[key]];
    const isFine = key === "code" ? wanted === came : wanted === undefined || wanted === came;
    return isFine ? [] : [`${key}: wanted ${inspect(wanted)}, came ${inspect(came)}`];
  });
  return lines.length === 0 ? null : lines.join("\n");
}
