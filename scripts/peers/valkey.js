// Valkey, which Debian has for its stable release among the backports only. It is unpacked into .cache/valkey, and nothing
// of the machine is changed. Its libraries are those of redis-server.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../project.js";

const PACKAGES = ["valkey-server", "valkey-tools"];
const SOURCES = "/etc/apt/sources.list.d/debian.sources";

export function installValkey() {
  const folder = inRoot(".cache/valkey");
  if (existsSync(join(folder, "usr/bin/valkey-server"))) return;
  console.log(`unpacking ${PACKAGES.join(", ")}`);
  const apt = join(folder, "apt");
  for (const part of ["lists/partial", "archives/partial"]) mkdirSync(join(apt, part), { recursive: true });
  const suite = `${readFileSync("/etc/os-release", "utf8").match(/^VERSION_CODENAME=(\w+)$/m)[1]}-backports`;
  // The mirror and its key are those of the machine.
  const [first] = readFileSync(SOURCES, "utf8").split("\n\n");
  writeFileSync(join(apt, "backports.sources"), first.replace(/^Suites:.*$/m, `Suites: ${suite}`));
  const settings = {
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": apt,
    "Dir::State::lists": join(apt, "lists"),
    "Dir::Cache": apt,
    "APT::Sandbox::User": "root",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  run(apt, "apt-get", ...options, "update", "-qq");
  run(apt, "apt-get", ...options, "-t", suite, "download", "-qq", ...PACKAGES);
  run(apt, "sh", "-c", `for file in *.deb; do dpkg -x "$file" "${folder}"; done`);
  rmSync(apt, { recursive: true });
}

function run(cwd, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}:\n${stdout ?? ""}${stderr ?? ""}`);
}
