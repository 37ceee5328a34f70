import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeProgress, showProgress } from "../../host/cli/progress.ts";
import type { Progress } from "../../host/index.ts";

const MIB = 1024 * 1024;
const NOTHING: Progress = { sent: 0, sending: null, received: 0, receiving: null };

const LINES: [progress: Partial<Progress>, total: number, line: string][] = [
  [{ sent: 0 }, 4 * MIB, "sent 0.0 MiB of 4.0 MiB (0 %)"],
  [{ sent: 3.999 * MIB }, 4 * MIB, "sent 4.0 MiB of 4.0 MiB (99 %)"],
  [{ sent: 4 * MIB }, 4 * MIB, "sent 4.0 MiB of 4.0 MiB (100 %)"],
  [{ sent: 5 * MIB }, 4 * MIB, "sent 5.0 MiB"],
  [{ sent: 4 * MIB, sending: 8 * MIB }, 4 * MIB, "sent 4.0 MiB of 8.0 MiB (50 %)"],
  [{ sent: 1.5 * MIB }, -1, "sent 1.5 MiB"],
  [{ sent: MIB }, -1, ""],
  [{ sent: MIB }, MIB, ""],
  [{ sent: 5 * MIB, received: 1 }, 4 * MIB, ""],
  [{ received: MIB }, -1, ""],
  [{ received: 2 * MIB }, -1, "received 2.0 MiB"],
  [{ received: 2 * MIB, receiving: 4 * MIB }, -1, "received 2.0 MiB of 4.0 MiB (50 %)"],
];

/** What is written to a stream while a call tells this. */
function linesOf(stream: { isTTY: boolean; columns?: number }, told: readonly Partial<Progress>[]): string[] {
  const lines: string[] = [];
  const write = (text: string): boolean => lines.push(text) > 0;
  const { onProgress, end } = showProgress({ ...stream, write } as Parameters<typeof showProgress>[0], -1);
  for (const progress of told) onProgress?.({ ...NOTHING, ...progress });
  end();
  end();
  return lines;
}

describe("showProgress", () => {
  for (const [progress, total, line] of LINES) {
    it(`says "${line}" of ${JSON.stringify(progress)}`, () =>
      assert.equal(describeProgress({ ...NOTHING, ...progress }, total), line));
  }

  it("shows one line on a terminal, and takes it away at the end", () => {
    const told = [{ sent: 1 }, { sent: 2 * MIB }, { sent: 2 * MIB + 1 }, { received: 3 * MIB }];
    assert.deepEqual(linesOf({ isTTY: true }, told), [
      "\r\u001b[Ksent 2.0 MiB",
      "\r\u001b[Kreceived 3.0 MiB",
      "\r\u001b[K",
    ]);
    assert.deepEqual(linesOf({ isTTY: true }, []), []);
  });

  it("has a bar that fits into the line", () => {
    const half = { received: 2 * MIB, receiving: 4 * MIB };
    const text = "\r\u001b[Kreceived 2.0 MiB of 4.0 MiB (50 %)";
    const bars = { 80: ` [${"#".repeat(20)}${" ".repeat(20)}]`, 48: " [#####     ]", 47: "" };
    for (const [columns, bar] of Object.entries(bars)) {
      const [line] = linesOf({ isTTY: true, columns: Number(columns) }, [half]);
      assert.equal(line, text + bar, columns);
      assert.ok((line ?? "").length - "\r\u001b[K".length < Number(columns));
    }
  });

  it("is silent where the terminal cannot go back", () => {
    const { TERM } = process.env;
    process.env.TERM = "dumb";
    assert.deepEqual(linesOf({ isTTY: true }, [{ sent: 2 * MIB }]), []);
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
  });

  it("is silent where there there is no terminal", () => {
    assert.deepEqual(linesOf({ isTTY: false }, [{ sent: 2 * MIB }]), []);
  });
});
