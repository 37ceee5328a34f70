// Runs dante twice: open, and with a login. libnss-wrapper makes it read its users from a file instead of the system.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, startProgram } from "./program.js";
import { LOGIN } from "./squid.js";

export async function startDante(folder) {
  const [dante, danteLogin] = await freePorts(2);
  await startOne(folder, { name: "dante", port: dante, method: "none" });
  await startOne(folder, {
    name: "dante-login",
    port: danteLogin,
    method: "username",
    env: accounts(folder),
  });
  return { dante, danteLogin };
}

function startOne(folder, { name, port, method, env }) {
  const path = join(folder, `${name}.conf`);
  writeFileSync(path, configuration(port, method));
  const args = ["-f", path, "-p", join(folder, `${name}.pid`), "-N", "1"];
  return startProgram({ name, command: "/usr/sbin/danted", args, port, folder, env });
}

function configuration(port, method) {
  return `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
socksmethod: ${method}
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 protocol: tcp }
`;
}

function accounts(folder) {
  const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], {
    input: LOGIN.password,
    encoding: "utf8",
  });
  const files = {
    passwd: join(folder, "passwd"),
    group: join(folder, "group"),
    shadow: join(folder, "shadow"),
  };
  const users = ["root:x:0:0::/:/bin/false", "nobody:x:65534:65534::/:/bin/false"];
  writeFileSync(files.passwd, [...users, `${LOGIN.username}:x:1234:65534::/:/bin/false`, ""].join("\n"));
  writeFileSync(files.group, "root:x:0:\nnogroup:x:65534:\n");
  writeFileSync(files.shadow, `${LOGIN.username}:${hash.trim()}:19000:0:99999:7:::\n`);
  return {
    LD_PRELOAD: "libnss_wrapper.so",
    NSS_WRAPPER_PASSWD: files.passwd,
    NSS_WRAPPER_GROUP: files.group,
    NSS_WRAPPER_SHADOW: files.shadow,
  };
}
