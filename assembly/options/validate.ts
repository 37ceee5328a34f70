import { Failure } from "../failure.ts";
import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";
import { concat } from "../values/text.ts";
import { ClientCertificate } from "./client-certificate.ts";
import { findBadLength } from "./content-length.ts";
import { hasTooManyHeaders } from "./header-list.ts";
import { Options } from "./options.ts";
import { CLIENT_CERT, OPTIONS } from "./table.ts";

/** The first wrong option, in the order of the table; or else a header that must not be sent; null if all is right. */
export function validateOptions(options: Options): Failure | null {
  for (let row = 0; row < OPTIONS.length; row++) {
    const reader = options.at(row);
    if (reader === null) continue;
    if (!isOfItsKind(reader, unchecked(OPTIONS[row]).kind)) {
      const name = unchecked(OPTIONS[row]).name;
      return Failure.option(name, concat("Bad ", name, " value"));
    }
    if (row === CLIENT_CERT) {
      const failure = new ClientCertificate(reader).validate();
      if (failure !== null) return failure;
    }
  }
  if (hasTooManyHeaders(options.reader, options.headers)) return Failure.transfer("OUT_OF_MEMORY");
  return findBadLength(options.reader, options.headers);
}

function isOfItsKind(reader: Reader, wanted: Kind): bool {
  const kind = reader.kind();
  if (kind !== wanted) return wanted === Kind.Map && kind === Kind.Array;
  // NaN comes from a calculation that failed, and would mean no limit.
  return wanted !== Kind.Number || Number.isFinite(reader.readNumber());
}
