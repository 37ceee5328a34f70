// Runs nginx in front of httpbin: without TLS, with all kinds of TLS, and with HTTP/2.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, startProgram } from "./program.js";

const TLS = { certificate: "good", protocols: "TLSv1.2 TLSv1.3", clients: "off" };
const SERVERS = {
  plain: null,
  tls: TLS,
  tls12: { ...TLS, protocols: "TLSv1.2" },
  tls13: { ...TLS, protocols: "TLSv1.3" },
  clientOptional: { ...TLS, clients: "optional" },
  clientRequired12: { ...TLS, clients: "on", protocols: "TLSv1.2" },
  clientRequired13: { ...TLS, clients: "on", protocols: "TLSv1.3" },
  expired: { ...TLS, certificate: "expired" },
  wrongName: { ...TLS, certificate: "wrongName" },
  // It sends GOAWAY again and again.
  nginx2: { ...TLS, http2: "http2_max_concurrent_streams 8; keepalive_requests 7;" },
  selfSigned: { ...TLS, certificate: "selfSigned" },
};

export async function startNginx(folder, { certificates, ports: { httpbin, cut }, www }) {
  const names = Object.keys(SERVERS);
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [name, free[index]]));
  const servers = names.map((name) => server(ports[name], SERVERS[name], certificates));
  const path = join(folder, "nginx.conf");
  writeFileSync(join(folder, "locations.conf"), locations({ httpbin, cut, www }));
  writeFileSync(path, configuration(folder, servers));
  await startProgram({
    name: "nginx",
    command: "/usr/sbin/nginx",
    args: ["-c", path, "-p", folder, "-e", join(folder, "nginx.log")],
    port: ports.selfSigned,
    folder,
  });
  return ports;
}

function configuration(folder, servers) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${folder}/nginx.pid;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  server_tokens off;
  absolute_redirect off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  ${servers.join("\n")}
}
`;
}

function server(port, tls, certificates) {
  const suffix = `${tls === null ? "" : " ssl"}${tls?.http2 === undefined ? "" : " http2"}`;
  return `  server {
    listen 127.0.0.1:${port}${suffix};
    listen [::1]:${port}${suffix};
    ${tls === null ? "" : secure(tls, certificates)}
    ${tls?.http2 ?? ""}
    include locations.conf;
  }`;
}

function secure({ certificate, protocols, clients }, certificates) {
  const { certPath, keyPath } = certificates[certificate];
  return `ssl_certificate ${certPath};
    ssl_certificate_key ${keyPath};
    ssl_protocols ${protocols};
    ssl_client_certificate ${certificates.authority.certPath};
    ssl_verify_depth 3;
    ssl_verify_client ${clients};`;
}

function locations({ httpbin, cut, www }) {
  return `location / {
  proxy_pass http://127.0.0.1:${httpbin};
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
}
location /files/ { root ${www}; }
location /cut/ {
  proxy_pass http://127.0.0.1:${cut};
  proxy_http_version 1.1;
}
location = /who { return 200 "$ssl_protocol $ssl_client_verify $ssl_client_s_dn"; }
location = /nothing { return 204; }
location = /drop { return 444; }
location = /moved { return 308 /anything/moved; }
location = /elsewhere { return 302 http://127.0.0.1:${httpbin}/get; }
`;
}
