import { Failure } from "../failure.ts";
import { Kind } from "../values/head.ts";
import { ClientCertificate } from "./client-certificate.ts";
import { Options } from "./options.ts";
import { CLIENT_CERT, OPTIONS } from "./table.ts";

/** The first option, in the table's order, whose value has the wrong type; null if there is none. */
export function validateOptions(options: Options): Failure | null {
  for (let row = 0; row < OPTIONS.length; row++) {
    const reader = options.at(row);
    if (reader === null) continue;
    const name = unchecked(OPTIONS[row]).name;
    const wanted = unchecked(OPTIONS[row]).kind;
    const kind = reader.kind();
    if (kind !== wanted && !(wanted === Kind.Map && kind === Kind.Array)) {
      return Failure.option(name, `Bad ${name} value`);
    }
    if (row === CLIENT_CERT) {
      const failure = new ClientCertificate(reader).validate();
      if (failure !== null) return failure;
    }
  }
  return null;
}
