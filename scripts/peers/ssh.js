// Runs OpenSSH as a SOCKS proxy (ssh -D), because it supports SOCKS 4A. dante would read the addresses of SOCKS 4A as
// real addresses.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePorts, startProgram } from "./program.js";

// The folder in which sshd confines itself. Debian makes it when the service starts.
const EMPTY = "/run/sshd";

export async function startSsh(folder) {
  const [port, ssh] = await freePorts(2);
  const own = join(folder, "ssh");
  mkdirSync(own);
  mkdirSync(EMPTY, { recursive: true });
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(own, name)]);
  }
  copyFileSync(join(own, "user.pub"), join(own, "authorized"));
  writeFileSync(join(own, "sshd.conf"), configuration(own, port));
  await startProgram({
    name: "sshd",
    command: "/usr/sbin/sshd",
    args: ["-D", "-e", "-f", join(own, "sshd.conf")],
    port,
    folder: own,
  });
  await startProgram({
    name: "ssh",
    command: "ssh",
    args: clientArgs(own, port, ssh),
    port: ssh,
    folder: own,
  });
  return { ssh };
}

function configuration(folder, port) {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
MaxSessions 100
`;
}

function clientArgs(folder, port, ssh) {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ExitOnForwardFailure=yes"];
  return [
    ...["-F", "none", "-N", "-D", `127.0.0.1:${ssh}`, "-p", String(port), "-i", join(folder, "user")],
    ...options.flatMap((option) => ["-o", option]),
    `${userInfo().username}@127.0.0.1`,
  ];
}
