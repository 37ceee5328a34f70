// Packages of Debian. To install them, one must be root.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

// Debian's maintainer scripts run this program before they start a service. With exit code 101 they do not start it.
const POLICY = "/usr/sbin/policy-rc.d";

/**
 * Installs the packages that are missing, and starts none of them as a service.
 *
 * @param packages Names of packages, each with the path of a file by which one sees that it is installed.
 */
export function installPackages(packages) {
  const missing = Object.keys(packages).filter((name) => !existsSync(packages[name]));
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(", ")}`);
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    apt("update", "-qq");
    apt("install", "-qq", "-y", "--no-install-recommends", ...missing);
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stdout, stderr } = spawnSync("apt-get", args, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`apt-get ${args.join(" ")}:\n${stdout ?? ""}${stderr ?? ""}`);
}
