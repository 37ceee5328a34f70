import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import busboy from "busboy";

/** The part of the answer of https://httpbin.org that the documentation's examples use. */
interface Reflection {
  args: Record<string, string>;
  form: Record<string, string>;
  files: Record<string, string>;
  data: string;
  json: unknown;
}

/** Starts a server that replaces https://httpbin.org. */
export async function startHttpbin(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    response.end(JSON.stringify(await reflect(request)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function reflect(request: IncomingMessage): Promise<Reflection> {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const reflection: Reflection = {
    args: Object.fromEntries(searchParams),
    form: {},
    files: {},
    data: "",
    json: null,
  };
  const type = request.headers["content-type"] ?? "";
  if (/^multipart\/|urlencoded/.test(type)) {
    await readForm(request, reflection);
  } else {
    reflection.data = await text(request);
    if (type === "application/json") reflection.json = JSON.parse(reflection.data);
  }
  return reflection;
}

async function readForm(request: IncomingMessage, { form, files }: Reflection): Promise<void> {
  const parser = busboy({ headers: request.headers });
  const reading: Promise<void>[] = [];
  parser.on("field", (name, value) => {
    form[name] = value;
  });
  parser.on("file", (name, stream) => {
    reading.push(
      text(stream).then((content) => {
        files[name] = content;
      }),
    );
  });
  request.pipe(parser);
  await once(parser, "close");
  await Promise.all(reading);
}
