// The Debian packages of the peers. It installs those that are missing, and starts none of them as a service.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

const PACKAGES = {
  nginx: "/usr/sbin/nginx",
  squid: "/usr/sbin/squid",
  "dante-server": "/usr/sbin/danted",
  "openssh-server": "/usr/sbin/sshd",
  "openssh-client": "/usr/bin/ssh",
  "libnss-wrapper": "/usr/share/doc/libnss-wrapper",
  "python3-httpbin": "/usr/lib/python3/dist-packages/httpbin",
  gunicorn: "/usr/bin/gunicorn",
  curl: "/usr/bin/curl",
  openssl: "/usr/bin/openssl",
};
// Debian's maintainer scripts run this program before they start a service. With exit code 101 they do not start it.
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs the missing packages. */
export function installPackages() {
  const missing = Object.keys(PACKAGES).filter((name) => !existsSync(PACKAGES[name]));
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
