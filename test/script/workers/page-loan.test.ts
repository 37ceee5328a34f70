import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXT_STRING } from "../../../assembly/abi.ts";
import { HeldBytes, PageStore } from "../../../host/script/pages/page-store.ts";
import { PAGE_SIZE, PagedBytes } from "../../../host/script/pages/paged-bytes.ts";
import type { StepEnd, Waits } from "../../../host/script/steps/step.ts";
import { PageLoan } from "../../../host/script/workers/page-loan.ts";

describe("the pages that are lent to a worker", () => {
  it("belong to whoever holds what a step has put into them, and then to nobody", () => {
    const store = new PageStore();
    const loan = new PageLoan(store, 8);
    const [a = 0, b = 0, c = 0] = loan.renew().lent;
    const free = store.size;
    // It was posted twice, and its message has its pages twice.
    const posted = (): PagedBytes => new PagedBytes(2 * PAGE_SIZE, [b, c]);
    const call = {
      kind: "asked",
      number: 1,
      transfer: Buffer.alloc(1),
      data: [posted(), Buffer.alloc(1), posted()].map((bytes) => ({ type: EXT_STRING, bytes })),
    } as const;
    const outcome: Waits = {
      kind: "waits",
      calls: [call, { kind: "sleep", number: 2, ms: 1 }],
      cancelled: [],
      until: null,
      isAnnounced: false,
      parked: { bytes: new PagedBytes(5, [a]), memorySize: 1, globals: [] },
    };
    const used = { cpuMs: 0, memoryBytes: 0, output: Buffer.alloc(0), released: [], hasTaken: false };
    const { end, release } = loan.endStep({ ticket: 1, ...used, outcome } satisfies StepEnd);
    const { calls, parked } = end.outcome as Waits;
    const [asked] = calls as [typeof call];
    const [first, , second] = asked.data.map(({ bytes }) => bytes);
    assert.ok(first instanceof HeldBytes && first === second);
    assert.ok(parked.bytes instanceof HeldBytes);
    first.hold();
    release();
    assert.equal(store.size, free + PAGE_SIZE, "what nobody holds is free");
    first.release();
    assert.equal(store.size, free + 3 * PAGE_SIZE);
    loan.end();
    assert.equal(store.size, free + 10 * PAGE_SIZE, "the others are not lent any more");
  });
});
