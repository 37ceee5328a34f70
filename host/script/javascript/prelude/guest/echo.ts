import { bufferOf, viewOf } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { wellFormed } from "../seam/well-formed.ts";
import { Content } from "./content.ts";

/** Adds a line to the output of the run. Bytes are added as they are, other values as in a template. */
export function echo(value: unknown): void {
  const bytes = value instanceof Content ? value.bytes : viewOf(value);
  if (bytes === undefined) {
    // The engine calls a method for a template, which a script may have replaced.
    // biome-ignore lint/style/useTemplate: so a text that is one already needs none
    host.echo(wellFormed((typeof value === "string" ? value : `${value}`) + "\n"));
    return;
  }
  host.echo(bufferOf(bytes));
  host.echo("\n");
}
