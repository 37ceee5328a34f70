// Runs one squid with three ports: open, with a login, and over TLS.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, startProgram } from "./program.js";

export const LOGIN = { username: "walter", password: "s3cret:%" };

export async function startSquid(folder, { certificates }) {
  const [squid, squidLogin, squidTls] = await freePorts(3);
  // squid stops being root before it opens its logs.
  const own = join(folder, "squid");
  mkdirSync(own);
  chmodSync(own, 0o777);
  const hash = execFileSync("openssl", ["passwd", "-apr1", "-stdin"], {
    input: LOGIN.password,
    encoding: "utf8",
  });
  writeFileSync(join(own, "users"), `${LOGIN.username}:${hash}`);
  const path = join(own, "squid.conf");
  writeFileSync(path, configuration(own, { squid, squidLogin, squidTls }, certificates.good));
  const args = ["-N", "-f", path];
  await startProgram({
    name: "squid",
    command: "/usr/sbin/squid",
    args,
    port: squid,
    folder: own,
  });
  return { squid, squidLogin, squidTls };
}

function configuration(folder, { squid, squidLogin, squidTls }, { certPath, keyPath }) {
  return `http_port 127.0.0.1:${squid} name=open
http_port 127.0.0.1:${squidLogin} name=login
https_port 127.0.0.1:${squidTls} name=tls tls-cert=${certPath} tls-key=${keyPath}
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/users
auth_param basic children 1 startup=1
acl wantsLogin myportname login
acl loggedIn proxy_auth REQUIRED
acl forbidden url_regex -i forbidden
http_access deny forbidden
http_access deny wantsLogin !loggedIn
http_access allow all
cache deny all
via off
forwarded_for delete
visible_hostname peers
access_log none
cache_log ${folder}/squid.log
cache_store_log none
netdb_filename none
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
pinger_enable off
max_filedescriptors 1024
shutdown_lifetime 0 seconds
`;
}
