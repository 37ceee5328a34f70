// Loads a client, makes one request, and prints how many milliseconds this took.
const [client, url = ""] = process.argv.slice(2);

const FIRST_RESULTS: Record<string, () => Promise<number | undefined>> = {
  async plugin() {
    const { createHttpBackground } = await import("../host/index.ts");
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    const { status } = await http.http_background("default", url);
    setImmediate(() => http.close());
    return status;
  },
  async undici() {
    const { Agent, request } = await import("undici");
    const dispatcher = new Agent();
    const { statusCode, body } = await request(url, { dispatcher });
    await body.arrayBuffer();
    setImmediate(() => dispatcher.close());
    return statusCode;
  },
};

const start = performance.now();
const status = await FIRST_RESULTS[client ?? ""]?.();
const milliseconds = performance.now() - start;
if (status !== 200) throw new Error(`the first result has status ${status}`);
console.log(milliseconds);
