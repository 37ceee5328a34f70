import { variant } from "../support/variant.ts";

// Plays these files again, with scripts that compute on the application's thread. One suite holds for both.
variant.workers = 0;
await import("./abi.test.ts");
await import("./endings.test.ts");
await import("./exact-limits.test.ts");
await import("./files.test.ts");
await import("./isolation.test.ts");
await import("./load.test.ts");
await import("./mistakes.test.ts");
await import("./output.test.ts");
await import("./recursion.test.ts");
await import("./runs.test.ts");
await import("./untrusted.test.ts");
