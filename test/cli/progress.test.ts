import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { describe, it, mock } from "node:test";
import { describeProgress, showProgress } from "../../host/cli/progress.ts";

const MIB = 1024 * 1024;

const LINES: [sent: number, total: number, line: string][] = [
  [0, 4 * MIB, "sent 0.0 MiB of 4.0 MiB (0 %)"],
  [3.999 * MIB, 4 * MIB, "sent 4.0 MiB of 4.0 MiB (99 %)"],
  [4 * MIB, 4 * MIB, "sent 4.0 MiB of 4.0 MiB (100 %)"],
  [5 * MIB, 4 * MIB, "sent 5.0 MiB"],
  [1.5 * MIB, -1, "sent 1.5 MiB"],
];

/** What was written to a stream while `sent` bytes were sent. */
function linesOf(stream: { isTTY: boolean }, total: number, sent: number): string[] {
  const lines: string[] = [];
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const write = (text: string): boolean => lines.push(text) > 0;
    const end = showProgress({ ...stream, write } as Parameters<typeof showProgress>[0], total);
    channel("undici:request:bodyChunkSent").publish({ chunk: Buffer.alloc(sent) });
    mock.timers.tick(150);
    end();
    end();
    channel("undici:request:bodyChunkSent").publish({ chunk: Buffer.alloc(sent) });
    mock.timers.tick(150);
  } finally {
    mock.timers.reset();
  }
  return lines;
}

describe("showProgress", () => {
  for (const [sent, total, line] of LINES) {
    it(`says "${line}"`, () => assert.equal(describeProgress(sent, total), line));
  }

  it("shows one line on a terminal, and takes it away at the end", () => {
    assert.deepEqual(linesOf({ isTTY: true }, 2 * MIB, MIB), [
      "\r\u001b[Ksent 1.0 MiB of 2.0 MiB (50 %)",
      "\r\u001b[K",
    ]);
  });

  it("shows a stream of unknown length once it is long", () => {
    assert.deepEqual(linesOf({ isTTY: true }, -1, MIB), []);
    assert.deepEqual(linesOf({ isTTY: true }, -1, MIB + 1), ["\r\u001b[Ksent 1.0 MiB", "\r\u001b[K"]);
  });

  it("is silent for 1 MiB and less, and where there is no terminal", () => {
    assert.deepEqual(linesOf({ isTTY: true }, MIB, MIB), []);
    assert.deepEqual(linesOf({ isTTY: false }, 2 * MIB, MIB), []);
  });
});
