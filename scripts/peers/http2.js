// Runs servers that speak HTTP/2. All but nghttpd, which serves files, and `scripted`, which does what the path says,
// pass the requests on to the nginx without TLS.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../project.js";
import { freePorts, startProgram } from "./program.js";

/** How each is configured (`text` is the file `path`), and started. */
const SERVERS = {
  nghttpd: {
    command: "/usr/sbin/nghttpd",
    args: ({ port, www, certPath, keyPath }) => [
      ...["--address=127.0.0.1", `--htdocs=${www}`, "--echo-upload", "--max-concurrent-streams=10"],
      ...[String(port), keyPath, certPath],
    ],
  },
  scripted: {
    command: "/usr/bin/python3",
    args: ({ port, certPath, keyPath }) => [
      inRoot("scripts/peers/scripted.py"),
      String(port),
      certPath,
      keyPath,
    ],
  },
  haproxy: {
    command: "/usr/sbin/haproxy",
    args: ({ path }) => ["-db", "-f", path],
    text: ({ port, origin, pair }) => `global
  tune.h2.max-concurrent-streams 16
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend all
  bind 127.0.0.1:${port} ssl crt ${pair} alpn h2,http/1.1
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`,
  },
  apache: {
    command: "/usr/sbin/apache2",
    args: ({ path }) => ["-D", "FOREGROUND", "-f", path],
    text: ({ port, origin, folder, certPath, keyPath }) => `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/apache.log
Listen 127.0.0.1:${port}
${["mpm_event", "authz_core", "ssl", "http2", "proxy", "proxy_http"].map(loadModule).join("\n")}
User www-data
Group www-data
SSLEngine on
SSLCertificateFile ${certPath}
SSLCertificateKeyFile ${keyPath}
Protocols h2 http/1.1
ProxyPass / http://127.0.0.1:${origin}/
ProxyPreserveHost on
`,
  },
  h2o: {
    command: "/usr/bin/h2o",
    args: ({ path }) => ["-m", "worker", "-c", path],
    text: ({ port, origin, folder, certPath, keyPath }) => `listen:
  host: 127.0.0.1
  port: ${port}
  ssl:
    certificate-file: ${certPath}
    key-file: ${keyPath}
${process.getuid?.() === 0 ? "user: root" : ""}
num-threads: 1
pid-file: ${folder}/h2o.pid
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: http://127.0.0.1:${origin}/
        proxy.preserve-host: ON
`,
  },
  caddy: {
    command: "/usr/bin/caddy",
    args: ({ path }) => ["run", "--adapter", "caddyfile", "--config", path],
    text: ({ port, origin, certPath, keyPath }) => `{
  admin off
  auto_https off
  servers {
    protocols h1 h2
  }
}
https://127.0.0.1:${port} {
  bind 127.0.0.1
  tls ${certPath} ${keyPath}
  reverse_proxy 127.0.0.1:${origin}
}
`,
  },
};

export async function startHttp2Servers(folder, { certificates, ports: { plain: origin }, www }) {
  const names = Object.keys(SERVERS);
  const free = await freePorts(names.length);
  const { certPath, keyPath } = certificates.good;
  const pair = join(folder, "certificate-and-key.pem");
  writeFileSync(pair, readFileSync(certPath, "utf8") + readFileSync(keyPath, "utf8"), { mode: 0o600 });
  for (const [index, name] of names.entries()) {
    const { command, args, text = () => "" } = SERVERS[name];
    const path = join(folder, `${name}.conf`);
    const port = free[index];
    const given = { path, port, origin, www, folder, pair, certPath, keyPath };
    writeFileSync(path, text(given));
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    await startProgram({ name, command, args: args(given), port, folder, env });
  }
  return Object.fromEntries(names.map((name, index) => [name, free[index]]));
}

function loadModule(name) {
  return `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`;
}
