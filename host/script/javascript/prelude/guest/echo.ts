import { bufferOf, viewOf } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { Content } from "./content.ts";

/** Adds a line to the output of the run. Bytes are added as they are, other values as in a template. */
export function echo(value: unknown): void {
  const bytes = value instanceof Content ? value.bytes : viewOf(value);
  if (bytes === undefined) {
    host.echo(`${value}\n`.toWellFormed());
    return;
  }
  host.echo(bufferOf(bytes));
  host.echo("\n");
}
