import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { createHttpBackground } from "../host/index.ts";
import { type Benchmark, median, type Row, spreadOf } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { AT_ONCE, type Client, takeTurns, toBars } from "./turns.ts";

const PATH = "/small?a=b";
const PACKAGES = ["got", "axios"];
const CURL_CALLS = 4000;
const CURL_ROUNDS = 5;
/** The last line of `times`: minutes and seconds of the shell's children, user and system. */
const TIMES = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

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
      return hasCurl() ? [...rows, await measureCurl(url)] : rows;
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

async function measureCurl(url: string): Promise<Row> {
  const micros: number[] = [];
  for (let round = 0; round < CURL_ROUNDS; round++) micros.push(await curlMicros(url));
  const name = "curl --parallel";
  return {
    what: name,
    value: median(micros),
    spread: spreadOf(micros),
    unit: "µs",
    bar: { name, isOwn: false },
  };
}

/** CPU of a request of curl. Only a shell tells the CPU of a process that has ended. */
async function curlMicros(url: string): Promise<number> {
  const command = `curl -s --parallel --parallel-max ${AT_ONCE} -o /dev/null '${url}&n=[1-${CURL_CALLS}]'; times`;
  const shell = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "ignore"] });
  const [printed] = await Promise.all([text(shell.stdout), once(shell, "exit")]);
  const [, userMinutes = 0, userSeconds = 0, minutes = 0, seconds = 0] = (TIMES.exec(printed) ?? []).map(
    Number,
  );
  return ((60 * (userMinutes + minutes) + userSeconds + seconds) * 1e6) / CURL_CALLS;
}

function hasCurl(): boolean {
  return spawnSync("curl", ["--version"]).status === 0;
}
