// The script of a job: one request. It does not try again itself, because the queue does, also if this process dies.
import { args, echo, http_background } from "http-background/guest";

const DONE = 0;
const LATER = 1;
const NEVER = 2;

export default async function main() {
  const [url, key, text] = args().map(String);
  // The same in each attempt. The receiver can see that it has done this already, and answer as it did then.
  const headers = ["Content-Type: text/plain", `Idempotency-Key: ${key}`];
  const { status = 0, error, code } = await http_background("default", url, { headers, timeout: 20 }, text);
  echo(error ?? `status ${status}`);
  if (status >= 200 && status < 300) return DONE;
  if (code === "DENIED" || code === "URL_MALFORMAT") return NEVER;
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? NEVER : LATER;
}
