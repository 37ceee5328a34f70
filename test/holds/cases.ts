import type { CallOptions, Part, Post } from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { ANSWERS, type Answer, TUNNEL_ANSWERS } from "./answers.ts";

/** The arguments of a call: its URL, its options and its post. */
type Arguments = readonly [url: string, options: CallOptions, post?: Post];

/** Calls that are as hard as they can be for the process that makes them. */
export interface HoldCase {
  readonly what: string;
  /** How many calls are made in one turn. @default 1 */
  readonly times?: number;
  /** The call, with what is hard at this part of its largest size. */
  prepare(server: string, part: number): Arguments;
}

const MIB = 1024 * 1024;
/** All headers of a call, and how many of them there may be. */
const HEADERS = MIB - 1000;
const MOST_HEADERS = 10_000;
/** What is sent, and what is refused as a URL that is too long to be sent. */
const URL_SIZE = MIB - 1000;
const REFUSED_URL = 8_000_000 - 100;
/** Parts of a post: how many are sent, and how many a caller may hand over. */
const MOST_PARTS = 10_000;
const REFUSED_PARTS = 65_000;
const SIGNED = { aws_sigv4: "aws:amz:eu:s3", username: "u", password: "p" };

function ofAnswer({ name, what, most }: Answer): HoldCase {
  const prepare = (server: string, part: number): Arguments => [
    `${server}/${name}/${Math.floor(most * part)}`,
    { redirects: 1, timeout: 30 },
  ];
  return { what, prepare };
}

function ofTunnel({ name, what, most }: Answer): HoldCase {
  const prepare = (server: string, part: number): Arguments => [
    `https://${name}-${Math.floor(most * part)}/`,
    { proxy: server, timeout: 30 },
  ];
  return { what, prepare };
}

function ofHeaders(what: string, make: (part: number) => string[], options: CallOptions = {}): HoldCase {
  const prepare = (server: string, part: number): Arguments => [
    `${server}/`,
    { ...options, timeout: 30, headers: make(part).map(flat) },
  ];
  return { what, prepare };
}

const manyHeaders = (part: number): string[] => {
  const count = Math.floor(MOST_HEADERS * part);
  const size = Math.floor(HEADERS / MOST_HEADERS) - 2;
  return Array.from({ length: count }, (_, index) => `X-${index}: `.padEnd(size, "y"));
};

const blankHeaders = (unit: string, part: number): string[] =>
  Array.from({ length: 999 }, (_, index) => `X-${index}: a`.padEnd((HEADERS / 1000) * part, unit));

function ofUrl(what: string, unit: string, size = URL_SIZE): HoldCase {
  const prepare = (server: string, part: number): Arguments => {
    const path = unit.repeat(Math.floor((size * part) / Buffer.byteLength(unit)));
    return [flat(`${server}/${path}`), { timeout: 30 }];
  };
  return { what, prepare };
}

function ofParts(what: string, most: number, make: (name: string) => Part): HoldCase {
  const prepare = (server: string, part: number): Arguments => {
    const names = Array.from({ length: Math.floor(most * part) }, (_, index) => `n${index}`);
    return [`${server}/`, { timeout: 30 }, Object.fromEntries(names.map((name) => [name, make(name)]))];
  };
  return { what, prepare };
}

const manyOptions: HoldCase = {
  what: "100,000 options that do not exist",
  prepare: (server, part) => {
    const names = Array.from({ length: Math.floor(100_000 * part) }, (_, index) => [`n${index}`, 1]);
    return [`${server}/`, { timeout: 30, ...Object.fromEntries(names) }];
  },
};

let identities = 0;

/** Each with another certificate, although only the text around it differs. */
const identified: HoldCase = {
  what: "10 calls with 10 client certificates",
  times: 10,
  prepare: (server) => {
    const { cert, key } = certificates().client;
    const tls_client_cert = { x509: `${identities++}\n${cert}`, privatekey: key };
    return [`${server.replace("http:", "https:")}/`, { timeout: 30, tls_client_cert }];
  },
};

const text = (size: number) => (name: string) => ({ data: flat(name.padEnd(size, "x")) });

/** In one piece: a text that was put together is copied when it is read first. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

/** Everything that a server or a caller can do that takes its time. */
export const HOLD_CASES: readonly HoldCase[] = [
  ...ANSWERS.map(ofAnswer),
  ...TUNNEL_ANSWERS.map(ofTunnel),
  ofHeaders("10,000 headers of 1 MiB", manyHeaders),
  ofHeaders("10,000 headers of 1 MiB, signed", manyHeaders, SIGNED),
  ofHeaders(
    "a header of 1 MiB of blanks, signed",
    (part) => [`X: a${" \t".repeat((HEADERS * part) / 2)}b`],
    SIGNED,
  ),
  ofHeaders("999 headers of 1 MiB of single blanks, signed", (part) => blankHeaders(" z", part), SIGNED),
  ofHeaders("999 headers of 1 MiB of double blanks, signed", (part) => blankHeaders("\t z", part), SIGNED),
  ofHeaders("a Connection header of 1 MiB", (part) => [
    `Connection: ${"close , ".repeat((HEADERS * part) / 8)}`,
  ]),
  ofHeaders("260,000 headers, which are refused", (part) => Array(Math.floor(260_000 * part)).fill("X: y")),
  ofUrl("a URL of 1 MiB of dots", "/../."),
  ofUrl("a URL of 1 MiB of escapes", "%2e"),
  ofUrl("a URL of 300 KiB that is not ASCII", "é", URL_SIZE / 3),
  ofUrl("a URL of 8 MB, which is refused", "/../.", REFUSED_URL),
  ofParts("10,000 parts of 1 byte", MOST_PARTS, () => ({ data: "x" })),
  ofParts("10,000 parts of 4 KiB", MOST_PARTS, text(4096)),
  ofParts("10,000 parts of 5 KB", MOST_PARTS, text(5000)),
  ofParts("10,000 parts of 4 KiB of bytes", MOST_PARTS, (name) => ({ data: Buffer.alloc(4096, name) })),
  ofParts("65,000 parts of 1 byte, which are refused", REFUSED_PARTS, () => ({ data: "x" })),
  ofParts("65,000 parts of 900 bytes, which are refused", REFUSED_PARTS, text(900)),
  manyOptions,
  identified,
];
