import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHttpBackground } from "../host/index.ts";
import type { Benchmark } from "./benchmark.ts";
import { hasCurl, measureCurl } from "./curl-gets.ts";
import { startServer } from "./server.ts";
import { AT_ONCE, type Client, takeTurns, toBars } from "./turns.ts";

const PATH = "/small?a=b";
const PACKAGES = ["got", "axios"];

type Got = (url: string, options: object) => { buffer(): Promise<Buffer> };
interface Axios {
  get(url: string, options: object): Promise<{ data: Buffer }>;
}

/** Compares with what applications use. The packages are installed for this, in a folder that is removed again. */
export const clients: Benchmark = {
  name: "clients",
  about: `CPU of GETs of 200 bytes, ${AT_ONCE} at a time, against got, axios and curl --parallel`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "http-background-clients-"));
    await using server = await startServer("gets");
    const http = await createHttpBackground({ threads: [{ id: "default", max_total: AT_ONCE }] });
    try {
      const url = server.url + PATH;
      const own: Client = { name: "http_background", get: () => http.http_background("default", url) };
      const all = [own, ...(await installClients(folder, url))];
      const rows = toBars(all, await takeTurns(all, { requests: 2000 }));
      if (!hasCurl()) return rows;
      const name = "curl --parallel";
      const row = await measureCurl(name, AT_ONCE, (count) => ["-s", `${url}&n=[1-${count}]`]);
      return [...rows, { ...row, bar: { name, isOwn: false } }];
    } finally {
      await http.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function installClients(folder: string, url: string): Promise<Client[]> {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const { status } = spawnSync("npm", ["install", "--silent", "--ignore-scripts", ...PACKAGES], {
    cwd: folder,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`npm install ${PACKAGES.join(" ")} ended with ${status}`);
  const { resolve } = createRequire(join(folder, "package.json"));
  const load = async (name: string): Promise<unknown> =>
    (await import(pathToFileURL(resolve(name)).href)).default;
  const got = (await load("got")) as Got;
  const axios = (await load("axios")) as Axios;
  const { Agent } = await import("node:http");
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  return [
    { name: "got", get: () => got(url, { agent: { http: agent } }).buffer() },
    { name: "axios", get: () => axios.get(url, { httpAgent: agent, responseType: "arraybuffer" }) },
  ];
}
