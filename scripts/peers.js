// Runs the tests against real servers and proxies. It installs missing packages, starts the programs on free loopback
// ports, runs test/peers, and stops the programs again. The tests get the ports and paths in the variable PEERS.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { certificates } from "../dist/test/support/certificates.js";
import { installPackages } from "./debian.js";
import { startCut } from "./peers/cut.js";
import { startDante } from "./peers/dante.js";
import { startHttp2Servers } from "./peers/http2.js";
import { startHttpbin } from "./peers/httpbin.js";
import { startNginx } from "./peers/nginx.js";
import { installNpmPackages } from "./peers/npm-packages.js";
import { PACKAGES } from "./peers/packages.js";
import { keep, stopAll } from "./peers/program.js";
import { LOGIN, startSquid } from "./peers/squid.js";
import { startSsh } from "./peers/ssh.js";
import { installValkey } from "./peers/valkey.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// The command line may name one of the files instead: peers/twin.
const folders = process.argv.length > 2 ? process.argv.slice(2) : ["peers"];
/** Some tests stop a server for a while, or kill processes again and again. */
const LIMIT_S = "300";
const STARTERS = [startHttpbin, startCut, startNginx, startHttp2Servers, startSquid, startDante, startSsh];

/** Starts the peers one after the other. */
async function startAll(folder) {
  const context = { certificates: certificates(), ports: {}, www: makeFiles(folder) };
  for (const start of STARTERS) Object.assign(context.ports, await start(folder, context));
  const { authority, intermediate, selfSigned } = context.certificates;
  const client = withChain(folder, context.certificates);
  return {
    ports: context.ports,
    login: LOGIN,
    certificates: { authority, client, intermediate, selfSigned },
  };
}

/** A folder with files that servers can serve: `files/0`, `files/1` and so on, whose names are their lengths. */
function makeFiles(folder) {
  const www = join(folder, "www");
  mkdirSync(join(www, "files"), { recursive: true });
  for (const length of [0, 1, 10_240, 65_536, 1_048_576])
    writeFileSync(join(www, "files", String(length)), Buffer.alloc(length, "0123456789abcdef\n"));
  return www;
}

/** The client's certificate. Its file contains the chain too, because the curl command expects it there. */
function withChain(folder, { client, intermediate }) {
  const certPath = join(folder, "client-and-chain.pem");
  writeFileSync(certPath, client.cert + intermediate.cert);
  return { ...client, certPath };
}

async function runTests(peers) {
  const tests = spawn(
    process.execPath,
    [join(root, "scripts", "test.js"), "--timeout", LIMIT_S, ...folders],
    {
      stdio: "inherit",
      env: { ...process.env, PEERS: JSON.stringify(peers) },
    },
  );
  keep({ stop: () => tests.kill() });
  const [status] = await once(tests, "exit");
  return status ?? 1;
}

async function end() {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

installPackages(PACKAGES);
installNpmPackages();
installValkey();
const folder = mkdtempSync(join(tmpdir(), "peers-"));
// Some programs stop being root. They have their own folders in this folder.
chmodSync(folder, 0o711);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await end();
    process.exit(1);
  });
}
try {
  const peers = await startAll(folder);
  console.log(`peers on 127.0.0.1: ${JSON.stringify(peers.ports)}`);
  process.exitCode = await runTests(peers);
} finally {
  await end();
}
