import type { KeyObject, X509Certificate } from "node:crypto";
import {
  BODY_FILE,
  BODY_MULTIPART,
  BODY_STRING,
  ENCODER_NONE,
  EXT_FILE,
  EXT_PRIVATE_KEY,
  EXT_STRING,
  EXT_X509,
  KEY_THREAD,
} from "../../assembly/abi.ts";
import { Extension, type Fields, MessagePackReader } from "../guest/wire/message-pack-reader.ts";
import {
  type ChunkEncoder,
  createBody,
  type Segment,
  type SourceSegment,
} from "../network/body/segmented-body.ts";
import type { Body } from "../network/transfer/body.ts";
import type { ByteString } from "../network/transfer/byte-string.ts";
import type { ClientCertificate, Transfer } from "../network/transfer/transfer.ts";
import {
  asFields,
  asList,
  asOptionalText,
  asText,
  readBoolean,
  readNumber,
  readText,
} from "./field-types.ts";

/** What the reader of a transfer needs from the code that knows the guest. */
export interface GuestSide {
  /** The value of a handle that has one of these EXT_ types. Throws if the guest has no such handle. */
  getHandle(number: number, ...types: number[]): { readonly value: unknown; readonly size: number };
  makeEncoder(encoder: number): ChunkEncoder;
}

const BODY_KINDS: Readonly<Record<number, Body["kind"]>> = {
  [BODY_STRING]: "string",
  [BODY_FILE]: "file",
  [BODY_MULTIPART]: "multipart",
};

const NO_HEADERS: readonly ByteString[] = [];

/** Fields of a transfer that are texts, with a character for each byte. */
const TEXTS: ReadonlySet<string> = new Set([
  "url",
  "method",
  "proxy",
  "sourceip",
  "username",
  "password",
  "aws_sigv4",
  "http_version",
]);

/** A larger record is copied as a whole. Of a smaller one each value is, because some may stay for long. */
const LARGE_RECORD = 64 * 1024;

/** The fields of a transfer that a guest has written (assembly/transfer.ts), before they are checked. */
export function readTransferFields(bytes: Buffer, start: number, end: number): Fields {
  if (end - start > LARGE_RECORD)
    return readFields(MessagePackReader.of(Buffer.from(bytes.subarray(start, end))));
  return readFields(new MessagePackReader(bytes, start, end));
}

function readFields(reader: MessagePackReader): Fields {
  const fields: Record<string, unknown> = {};
  for (let left = reader.enterMap(); left > 0; left--) {
    const name = reader.readKey();
    if (name === KEY_THREAD) fields[name] = reader.readName();
    else fields[name] = TEXTS.has(name) ? reader.readLatin1() : reader.read();
  }
  reader.finish();
  return fields;
}

/** Reads a whole record, of which it keeps views. */
export function readTransfer(record: Uint8Array, guest: GuestSide): Transfer {
  return makeTransfer(readFields(MessagePackReader.of(record)), guest);
}

/**
 * Makes the transfer that a guest asks for. It checks everything (invariant 5).
 *
 * @throws TypeError or RangeError if the fields are not those of a valid transfer.
 */
export function makeTransfer(fields: Fields, guest: GuestSide): Transfer {
  return {
    thread: asText(fields.thread),
    url: asText(fields.url),
    method: asOptionalText(fields.method),
    headers: fields.headers === undefined ? NO_HEADERS : asList(fields.headers).map(readText),
    body: fields.body === undefined ? null : readBody(asFields(fields.body), guest),
    timeout: readNumber(fields.timeout, 0),
    connectTimeout: readNumber(fields.connect_timeout, 0),
    maxFileSize: readNumber(fields.max_file_size, 0),
    redirects: readNumber(fields.redirects, 0),
    tlsVerifyPeer: readBoolean(fields.tls_verify_peer, true),
    tlsVerifyHost: readBoolean(fields.tls_verify_host, true),
    clientCertificate:
      fields.tls_client_cert === undefined ? null : readCertificate(asList(fields.tls_client_cert), guest),
    proxy: asOptionalText(fields.proxy),
    sourceip: asOptionalText(fields.sourceip),
    username: asOptionalText(fields.username),
    password: asOptionalText(fields.password),
    awsSigv4: asOptionalText(fields.aws_sigv4),
    httpVersion: asOptionalText(fields.http_version),
    // Whoever sets them later must not change the form of the object.
    isAlwaysFramed: undefined,
    onContent: undefined,
    onProgress: undefined,
    codings: undefined,
  };
}

function readBody(fields: Fields, guest: GuestSide): Body {
  const kind = BODY_KINDS[readNumber(fields.kind, 0)];
  if (kind === undefined) throw new TypeError(`no kind of body: ${String(fields.kind)}`);
  return createBody({
    kind,
    contentType: fields.type === null ? null : readText(fields.type),
    length: kind === "file" ? -1 : readNumber(fields.length, -1),
    segments: asList(fields.segments).map((segment) => readSegment(segment, kind, guest)),
  });
}

/** A segment is bytes, or `[handle, encoder]`. */
function readSegment(segment: unknown, kind: Body["kind"], guest: GuestSide): Segment {
  if (segment instanceof Uint8Array) return segment;
  const [handle, encoder] = asList(segment);
  const number = readNumber(encoder, ENCODER_NONE);
  const { value, size } = guest.getHandle(readNumber(handle, -1), EXT_FILE, EXT_STRING);
  const isWhole = kind !== "file";
  return {
    source: value as SourceSegment["source"],
    // A File that is posted alone is sent to its end, even if its size changes in the meantime.
    size: isWhole ? size : -1,
    isWhole,
    makeEncoder: number === ENCODER_NONE ? null : () => guest.makeEncoder(number),
  };
}

/** `[x509, privatekey, chain]`, each a handle or PEM. */
function readCertificate([x509, privateKey, chain]: readonly unknown[], guest: GuestSide): ClientCertificate {
  return {
    certificate: readX509(x509, guest),
    privateKey: readPrivateKey(privateKey, guest),
    chain: asList(chain).map((certificate) => readX509(certificate, guest)),
  };
}

function readX509(value: unknown, guest: GuestSide): X509Certificate | Uint8Array {
  if (value instanceof Uint8Array) return value;
  return guest.getHandle(readHandle(value), EXT_X509).value as X509Certificate;
}

function readPrivateKey(value: unknown, guest: GuestSide): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const key = guest.getHandle(readHandle(value), EXT_PRIVATE_KEY).value as KeyObject;
  return Buffer.from(key.export({ type: "pkcs8", format: "pem" }));
}

function readHandle(value: unknown): number {
  if (!(value instanceof Extension)) throw new TypeError("not a handle");
  return value.data.readUInt32LE(0);
}
