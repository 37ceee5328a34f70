import type { AnyTarget } from "./target.ts";
import { chunks } from "./targets/chunks.ts";
import { headers } from "./targets/headers.ts";
import { heads, headsOfHead } from "./targets/heads.ts";
import { locations, urls } from "./targets/urls.ts";

/** Everything that is fuzzed. */
export const TARGETS: readonly AnyTarget[] = [heads, headsOfHead, chunks, urls, locations, headers];
