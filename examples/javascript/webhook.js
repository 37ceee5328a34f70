// Delivers a webhook: signs its body, and tries again if the receiver is not there, each time after twice as long. The
// arguments are the URL and the secret that the receiver knows, too. Returns the number of attempts, or 0.
import { args, echo, http_background } from "http-background/guest";

const MOST_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;

export default async function main() {
  const [url = "", secret = ""] = args();
  const body = JSON.stringify({ event: "delivered", id: 17 });
  const headers = [
    "Content-Type: application/json",
    `X-Signature: sha256=${await sign(secret, body)}`,
    // The token is the same in every attempt, so the receiver can see that an attempt repeats another one.
    `X-Token: ${crypto.randomUUID()}`,
  ];
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { status = 0, error, code } = await http_background("default", url, { headers, timeout: 5 }, body);
    if (status >= 200 && status < 300) {
      echo(`delivered with attempt ${attempt}`);
      return attempt;
    }
    echo(`attempt ${attempt}: ${error ?? `status ${status}`}`);
    if (!isWorthAnother(status, code)) return 0;
    if (attempt < MOST_ATTEMPTS) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
  return 0;
}

/**
 * @param {string} secret
 * @param {string} text
 */
async function sign(secret, text) {
  const bytes = new TextEncoder();
  const algorithm = /** @type {const} */ ({ name: "HMAC", hash: "SHA-256" });
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(text)));
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * With a status of 4xx the request is wrong, and a denied request will be denied again. Other failures may pass.
 *
 * @param {number} status
 * @param {string | undefined} code
 */
function isWorthAnother(status, code) {
  if (code !== undefined) return code !== "DENIED" && code !== "URL_MALFORMAT";
  return status >= 500 || status === 429;
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
