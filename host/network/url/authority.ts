import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

import { decodePercents, type ParsedHost, parseHost } from "./hostname.ts";

/** The parts of `user:password@host:port`, by curl's rules. */
export interface Authority extends ParsedHost {
  /** null if no port is written. 0 is a valid port here, but nothing can be reached at it. */
  port: number | null;
  username: ByteString | null;
  password: ByteString | null;
}

/**
 * Parses what is between the slashes and the path.
 *
 * @param lax whether "host:" without digits means the default port. It is false if the scheme was guessed.
 * @throws TransferFailure URL_MALFORMAT
 */
export function parseAuthority(text: ByteString, lax: boolean): Authority {
  const at = text.indexOf("@");
  const { username, password } = at < 0 ? NO_LOGIN : parseLogin(text.slice(0, at));
  const { host, port } = splitPort(text.slice(at + 1), lax);
  const { hostname, text: shown } = parseHost(host);
  return { hostname, text: shown, port, username, password };
}

const NO_LOGIN = { username: null, password: null };

function parseLogin(text: ByteString): Pick<Authority, "username" | "password"> {
  const colon = text.indexOf(":");
  if (colon < 0) return { username: decodeCredential(text), password: null };
  return {
    username: decodeCredential(text.slice(0, colon)),
    password: decodeCredential(text.slice(colon + 1)),
  };
}

/** A credential may contain any byte except NUL, because Basic encodes all of them. */
function decodeCredential(text: ByteString): ByteString {
  const decoded = decodePercents(text);
  if (decoded.includes("\0")) throw new TransferFailure("URL_MALFORMAT");
  return decoded;
}

const HOST_AND_PORT = /^(\[[^\]]*\]|[^[:][^:]*|)(?::(.*))?$/s;

function splitPort(text: ByteString, lax: boolean): { host: ByteString; port: number | null } {
  const [whole, host = "", digits] = HOST_AND_PORT.exec(text) ?? [];
  if (whole === undefined || host === "") throw new TransferFailure("URL_MALFORMAT");
  if (digits === undefined || (digits === "" && lax)) return { host, port: null };
  const port = /^[0-9]+$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(port <= 0xffff)) throw new TransferFailure("URL_MALFORMAT");
  return { host, port };
}
