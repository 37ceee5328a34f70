import { bufferOf, viewOf } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { wellFormed } from "../seam/well-formed.ts";
import { Content } from "./content.ts";

/** Adds a line to the output of the run. Bytes are added as they are, other values as in a template. */
export function echo(value: unknown): void {
  // A text needs nothing that a script may have replaced. For a template, the engine calls a method.
  if (typeof value === "string") {
    // biome-ignore lint/style/useTemplate: see above
    host.echo(wellFormed(value + "\n"));
    return;
  }
  const bytes = value instanceof Content ? value.bytes : viewOf(value);
  if (bytes === undefined) {
    host.echo(wellFormed(`${value}\n`));
    return;
  }
  host.echo(bufferOf(bytes));
  host.echo("\n");
}
