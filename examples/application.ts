// Makes three calls through the plugin to a server in this process, and shows the requests that the server gets.
import { open } from "node:fs/promises";
import { createHttpBackground, type Result } from "../host/index.ts";
import { type Echo, startEchoServer } from "./echo-server.ts";

const server = await startEchoServer();
const http = await createHttpBackground({ threads: [{ id: "default", max_total: 100, max_host: 20 }] });

show(
  'GET with a query: http_background("default", url)',
  await http.http_background("default", `${server.url}/get?a=b`),
);

show(
  'POST of an array: http_background("default", url, {}, { field1: { data: "test" }, … })',
  await http.http_background(
    "default",
    `${server.url}/post?a=b`,
    {},
    {
      field1: { data: "test" },
      mail: { data: "Subject: café\r\n\r\nHello\r\n", filename: "mail.txt", encoder: "quoted-printable" },
    },
  ),
);

const file = await open(new URL("../../package.json", import.meta.url));
show(
  'POST of a File: http_background("default", url, { headers: ["X-Name: package.json"] }, file)',
  await http.http_background("default", `${server.url}/upload`, { headers: ["X-Name: package.json"] }, file),
);
await file.close();

await http.close();
await server.close();

function show(title: string, result: Result): void {
  console.log(`\n${title}\n`);
  if (result.error !== undefined) {
    console.log(`  failed: ${result.error} (${result.code})`);
    process.exitCode = 1;
    return;
  }
  const { head, body, bytes } = JSON.parse(result.content.toString()) as Echo;
  const lines = [...head, ...(bytes > 0 ? ["", ...abridge(body.split(/\r?\n/))] : [])];
  for (const line of lines) console.log(`  > ${line}`);
  console.log(`\n  < ${result.status}, ${result.content.length} bytes of content`);
}

/** The first lines of a body, and the number of the other lines. */
function abridge(lines: string[], most = 16): string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `… ${lines.length - most} more lines`];
}
