import { Blob } from "node:buffer";
import type { FileLike } from "../file.ts";
import { TransferFailure } from "./failures.ts";
import type { Body } from "./transfer.ts";
export interface ChunkEncoder {
  push(chunk: Uint8Array): { bytes: Uint8Array; failed: boolean };
  end(): Uint8Array;
}
export type Segment =
  | Uint8Array
  | { source: FileLike | Uint8Array; isWhole: boolean; makeEncoder: (() => ChunkEncoder) | null };
export function createBody(o: {
  kind: Body["kind"];
  contentType: string | null;
  length: number;
  segments: Segment[];
}): Body {
  const bytes = o.segments.every((s) => s instanceof Uint8Array)
    ? Buffer.concat(o.segments as Uint8Array[])
    : null;
  const body = {
    kind: o.kind,
    contentType: o.contentType,
    length: o.length,
    bytes,
    started: false,
    replayable: o.kind !== "file",
    close() {},
    // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: replaced with the sources
    async *open(): AsyncGenerator<Uint8Array> {
      for (const s of o.segments) {
        if (s instanceof Uint8Array) {
          yield s;
          continue;
        }
        body.started = true;
        const src =
          s.source instanceof Uint8Array
            ? [s.source]
            : s.source instanceof Blob
              ? (s.source.stream() as unknown as AsyncIterable<Uint8Array>)
              : s.source;
        const e = s.makeEncoder?.();
        for await (const chunk of src) {
          if (!e) {
            yield chunk;
            continue;
          }
          const r = e.push(chunk);
          yield r.bytes;
          if (r.failed) throw new TransferFailure("READ_ERROR");
        }
        if (e) yield e.end();
      }
    },
  };
  return body;
}
