import { variant } from "../support/variant.ts";

// The part of `own-thread.test.ts` that compares times.
variant.workers = 0;
await import("./limits.test.ts");
