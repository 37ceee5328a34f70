// Loads a client, makes one request, and prints how many milliseconds of CPU this took. It runs in an empty project.
const [client, url = ""] = process.argv.slice(2);

const FIRST_RESULTS = {
  async plugin() {
    const { createHttpBackground } = await import("http-background");
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    const { status } = await http.http_background("default", url);
    setImmediate(() => http.close());
    return status;
  },
  async undici() {
    const { Agent } = await import("undici");
    const agent = new Agent();
    const { origin, pathname: path } = new URL(url);
    const { statusCode, body } = await agent.request({ origin, path, method: "GET" });
    await body.arrayBuffer();
    setImmediate(() => agent.close());
    return statusCode;
  },
};

const before = process.cpuUsage();
const status = await FIRST_RESULTS[client]?.();
const { user, system } = process.cpuUsage(before);
if (status !== 200) throw new Error(`the first result has status ${status}`);
console.log((user + system) / 1000);
