import { readFile } from "node:fs/promises";
import { instantiate } from "@assemblyscript/loader";
import {
  ENCODER_BASE64,
  ENCODER_BASE64_FILE,
  ENCODER_QUOTED_PRINTABLE,
  ENCODER_STATE_SIZE,
} from "../assembly/abi.ts";
import { Plugin } from "../host/guest/plugin.ts";
import { ChunkBuffers } from "../host/network/body/chunk-buffers.ts";
import { PACKAGE_ROOT } from "../host/package-root.ts";
import { PLUGIN_WASM } from "../host/plugin-wasm.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { compareUploads } from "./curl-upload.ts";
import { type PlainEncoder, plainBase64, plainQuotedPrintable } from "./plain-encoders.ts";

const CHUNK_BYTES = 65_536;
const BYTES_A_ROUND = 16 << 20;
const ROUNDS = 7;

/** Something encoded in several ways. */
interface Contest {
  readonly name: string;
  readonly encoder: number;
  readonly chunk: Buffer;
  readonly plain: Readonly<Record<string, PlainEncoder>>;
  /** MB/s that the guest should reach. */
  readonly least: number | undefined;
}

const RANDOM = Buffer.from(Uint8Array.from({ length: CHUNK_BYTES }, () => Math.random() * 256));
const CRLF_TEXT = "The quick brown fox jumps over the lazy dog, in a line of mail.\r\nAnd it goes on.\r\n";
const MIXED_TEXT = "Flygande bäckasiner söka hwila på mjuka tuvor = ja.\nСъешь же ещё этих мягких булок.\n";
const QUOTED = { "a loop over a table of classes": plainQuotedPrintable };

const CONTESTS: readonly Contest[] = [
  {
    name: "base64, 76 columns",
    encoder: ENCODER_BASE64,
    chunk: RANDOM,
    plain: plainBase64({ columns: 76, ending: "\r\n" }),
    least: 1000,
  },
  {
    name: "base64, 64 columns",
    encoder: ENCODER_BASE64_FILE,
    chunk: RANDOM,
    plain: plainBase64({ columns: 64, ending: "\n" }),
    least: 1000,
  },
  {
    name: "quoted-printable, text",
    encoder: ENCODER_QUOTED_PRINTABLE,
    chunk: fill(CRLF_TEXT),
    plain: QUOTED,
    least: 400,
  },
  {
    name: "quoted-printable, mixed",
    encoder: ENCODER_QUOTED_PRINTABLE,
    chunk: fill(MIXED_TEXT),
    plain: QUOTED,
    least: undefined,
  },
  {
    name: "quoted-printable, random",
    encoder: ENCODER_QUOTED_PRINTABLE,
    chunk: RANDOM,
    plain: QUOTED,
    least: undefined,
  },
];

/** The guest's encoders against plain JavaScript, and an upload through one of them against curl. */
export const bodies: Benchmark = {
  name: "bodies",
  about: `encoders of the guest, in chunks of ${CHUNK_BYTES / 1024} KiB, against plain JavaScript; uploads against curl`,
  async run() {
    const guest = await loadEncoders();
    const plugin = await loadPlugin();
    const rows = CONTESTS.flatMap((contest) => runContest(contest, guest, plugin));
    return [...rows, ...(await compareUploads())];
  },
};

/** Encodes one chunk, and returns the bytes or their number. */
type Encode = () => Buffer | number;

function runContest(contest: Contest, guest: Encoders, plugin: Plugin): Row[] {
  const { encoder, chunk, plain } = contest;
  const out = Buffer.alloc(guest.boundOf(encoder));
  const ways: [name: string, encode: Encode][] = [
    ["in the guest", guest.prepare(encoder, chunk)],
    ["as the host uses it", prepareInPlugin(plugin, encoder, chunk)],
    ...Object.entries(plain).map(([name, encode]): [string, Encode] => [name, () => encode(chunk, out)]),
  ];
  checkSame(contest, plugin, out);
  const speeds = takeTurns(ways.map(([, encode]) => encode));
  return toRows(
    contest,
    ways.map(([name]) => name),
    speeds,
  );
}

/** Checks that all ways give the same bytes. */
function checkSame({ name, encoder, chunk, plain }: Contest, plugin: Plugin, out: Buffer): void {
  const encoding = plugin.encoding(encoder);
  const expected = Buffer.concat([encoding.push(chunk).bytes, encoding.end()]);
  for (const [way, encode] of Object.entries(plain)) {
    const same = out.subarray(0, encode(chunk, out)).equals(expected);
    if (!same) throw new Error(`${name}: ${way} encodes otherwise`);
  }
}

/** Includes the copies into and out of the guest. The buffers are used again. */
function prepareInPlugin(plugin: Plugin, encoder: number, chunk: Buffer): Encode {
  const buffers = new ChunkBuffers();
  return () => {
    buffers.reclaim();
    return plugin.encoding(encoder).push(chunk, buffers.take).bytes.length;
  };
}

/** MB/s of input: for each way a list with one number for each round. */
function takeTurns(ways: readonly Encode[]): number[][] {
  const speeds = ways.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, encode] of ways.entries()) {
      const start = performance.now();
      for (let done = 0; done < BYTES_A_ROUND; done += CHUNK_BYTES) encode();
      const speed = BYTES_A_ROUND / 1000 / (performance.now() - start);
      // The first round warms up.
      if (round >= 0) speeds[index]?.push(speed);
    }
  }
  return speeds;
}

function toRows({ name, least }: Contest, ways: readonly string[], speeds: readonly number[][]): Row[] {
  const [inGuest = [], inHost = [], ...plain] = speeds;
  const best = inGuest.map((_, round) => Math.max(...plain.map((way) => way[round] ?? 0)));
  const against = (own: number[]): number => median(own.map((speed, round) => speed / (best[round] ?? 1)));
  return [
    ...ways.map((way, index): Row => {
      const target = index === 0 && least !== undefined ? { target: { least } } : {};
      return { what: `${name}: ${way}`, value: median(speeds[index] ?? []), unit: "MB/s", ...target };
    }),
    { what: `${name}: in the guest against the best of the others`, value: against(inGuest), unit: "times" },
    {
      what: `${name}: as the host uses it against the best of the others`,
      value: against(inHost),
      unit: "times",
      target: { least: 1 },
    },
  ];
}

type EncodersExports = {
  memory: { buffer: ArrayBuffer };
  alloc(size: number): number;
  encodeBound(encoder: number, length: number): number;
  encode(encoder: number, state: number, src: number, length: number, last: number, dst: number): number;
};

/** The guest's encoders alone, without copies between guest and host. */
interface Encoders {
  boundOf(encoder: number): number;
  prepare(encoder: number, chunk: Buffer): Encode;
}

async function loadEncoders(): Promise<Encoders> {
  const wasm = await readFile(new URL("dist/test/encoding.wasm", PACKAGE_ROOT));
  const { exports } = await instantiate<EncodersExports>(wasm);
  const boundOf = (encoder: number): number => exports.encodeBound(encoder, CHUNK_BYTES);
  const state = exports.alloc(ENCODER_STATE_SIZE);
  const src = exports.alloc(CHUNK_BYTES);
  const dst = exports.alloc(Math.max(...CONTESTS.map(({ encoder }) => boundOf(encoder))));
  return {
    boundOf,
    prepare(encoder, chunk) {
      const memory = new Uint8Array(exports.memory.buffer);
      memory.set(chunk, src);
      return () => {
        memory.fill(0, state, state + ENCODER_STATE_SIZE);
        return exports.encode(encoder, state, src, chunk.length, 0, dst);
      };
    },
  };
}

async function loadPlugin(): Promise<Plugin> {
  const wasm = await readFile(PLUGIN_WASM);
  return Plugin.load(wasm, { hasThread: () => true, answerTo: () => Buffer.alloc(0) });
}

function fill(text: string): Buffer {
  return Buffer.alloc(CHUNK_BYTES, text);
}
