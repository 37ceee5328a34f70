import { spawn } from "node:child_process";

const PROGRAM = "/usr/bin/chromium";
const LIMIT_MS = 30_000;
/** A message of the DevTools protocol ends with this, if it goes over a pipe. */
const END = "\0";

/** A real browser without a window, by the DevTools protocol. */
export class Browser {
  #program;
  #session;
  #last = 0;
  #rest = "";
  #pending = new Map();
  #events = new Map();

  static async start() {
    const browser = new Browser();
    await browser.#start();
    return browser;
  }

  async #start() {
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-pipe",
      "--allow-file-access-from-files",
    ];
    this.#program = spawn(PROGRAM, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.#program.stdio[4].setEncoding("utf8").on("data", (text) => this.#onText(text));
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = sessionId;
    await this.#send("Page.enable");
  }

  /** Opens a page in a window of this size, and waits until it is loaded. */
  async open(url, { width, height, isDark = false }) {
    await this.#send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    const features = [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }];
    await this.#send("Emulation.setEmulatedMedia", { features });
    const loaded = new Promise((resolve) => this.#events.set("Page.loadEventFired", resolve));
    await this.#send("Page.navigate", { url });
    await loaded;
  }

  /** Runs an expression in the page. @returns its value, as JSON has it */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", {
      expression,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** @returns a picture of the window, as PNG */
  async screenshot() {
    const { data } = await this.#send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }

  close() {
    this.#program.kill();
  }

  #send(method, params = {}) {
    const id = ++this.#last;
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) };
    this.#program.stdio[3].write(JSON.stringify(message) + END);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer of the browser`)), LIMIT_MS);
      this.#pending.set(id, (answer) => {
        clearTimeout(timer);
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
        else resolve(answer.result);
      });
    });
  }

  #onText(text) {
    const messages = (this.#rest + text).split(END);
    this.#rest = messages.pop() ?? "";
    for (const message of messages.map((json) => JSON.parse(json))) {
      this.#pending.get(message.id)?.(message);
      this.#pending.delete(message.id);
      this.#events.get(message.method)?.();
    }
  }
}
