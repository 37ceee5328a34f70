/** The result of a test file, collected from the events of its process. */
export class FileResult {
  /** Each test is `{ path, ms, status, reason, error, place }`. */
  tests = [];
  suites = 0;
  output = "";
  ms = 0;
  #started = performance.now();
  /** Names by nesting. The last name is that of the test whose result comes next. */
  #path = [];
  #unfinished = [];
  #isTimedOut = false;

  constructor(name) {
    this.name = name;
  }

  take(event) {
    if (event.type === "test:dequeue") this.#unfinished.push(event);
    else if (event.type === "test:diagnostic") this.#takeDiagnostic(event);
    else if (event.type === "test:start")
      this.#path.splice(event.nesting, Number.POSITIVE_INFINITY, event.name);
    else this.#takeEnd(event);
  }

  print(text) {
    this.output += text;
  }

  /** The process will be ended, because nothing happened in it for this time. */
  timedOut(limitMs) {
    this.#isTimedOut = true;
    const at = this.#unfinished.at(-1);
    const path = this.#unfinished.map(({ name }) => name).join(" > ");
    const error = `nothing happened for ${limitMs / 1000} seconds${at ? "" : ", nor had a test been heard of"}`;
    this.#add(path || this.name, { status: "fail", error, place: at && placeOf(at), ms: limitMs });
  }

  ended(code, signal) {
    this.ms = performance.now() - this.#started;
    if (!this.#isTimedOut && code !== 0 && this.failures.length === 0) {
      const error = `the process of the file ended with ${signal ?? code}: what it printed is above`;
      this.#add(this.name, { status: "fail", error, ms: this.ms });
    }
    return this;
  }

  get failures() {
    return this.tests.filter(({ status }) => status === "fail" || status === "cancelled");
  }

  #takeDiagnostic({ nesting, message }) {
    // node:test itself sends these counts too.
    if (nesting > 0 || !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(message)) {
      this.output += `${message}\n`;
    }
  }

  #takeEnd(event) {
    const { type, name, nesting, line, kind, failure } = event;
    const at = this.#unfinished.findIndex(
      (other) => other.name === name && other.nesting === nesting && other.line === line,
    );
    if (at !== -1) this.#unfinished.splice(at, 1);
    if (type === "test:complete") return;
    if (kind === "suite") this.suites++;
    // If the children of a parent failed, the parent itself has no error. A suite counts only if it has its own error.
    if (kind === "suite" && (type === "test:pass" || failure === "subtestsFailed")) return;
    const path = [...this.#path.slice(0, nesting), name].join(" > ");
    this.#add(path, {
      ...event,
      status: statusOf(event),
      place: placeOf(event),
      reason: event.skip || event.todo,
    });
  }

  #add(path, { ms, status, reason, error, place }) {
    this.tests.push({ path, ms, status, reason, error, place });
  }
}

function statusOf({ type, skip, todo, failure }) {
  // If there is no reason, it is "" or true.
  if (skip !== undefined && skip !== false) return "skipped";
  if (todo !== undefined && todo !== false) return "todo";
  if (type === "test:pass") return "pass";
  return failure === "cancelledByParent" || failure === "testAborted" ? "cancelled" : "fail";
}

function placeOf({ file, line, column }) {
  return file && `${file}:${line}:${column}`;
}
