import type { AnyTarget } from "./target.ts";
import { certificates } from "./targets/certificates.ts";
import { chunks } from "./targets/chunks.ts";
import { cleanHeads } from "./targets/clean-heads.ts";
import { headers } from "./targets/headers.ts";
import { heads, headsOfHead } from "./targets/heads.ts";
import { modules } from "./targets/modules.ts";
import { policies } from "./targets/policies.ts";
import { socks4, socks5, tunnels } from "./targets/proxies.ts";
import { records } from "./targets/records.ts";
import { locations, urls } from "./targets/urls.ts";
import { strings, utf8, values } from "./targets/values.ts";

/** All targets. */
export const TARGETS: readonly AnyTarget[] = [
  heads,
  headsOfHead,
  cleanHeads,
  chunks,
  urls,
  locations,
  headers,
  policies,
  tunnels,
  socks4,
  socks5,
  certificates,
  modules,
  values,
  records,
  utf8,
  strings,
];
