// Sends a webhook, and tries again if it fails. `main` takes the URL. It returns the number of attempts, or 0.
import { args, echo, http_background, Options, Reply } from "http-background/assembly";

const MOST_ATTEMPTS = 4;

export function main(): i32 {
  const url = args()[0];
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const reply = deliver(url, attempt);
    if (!reply.failed && reply.status < 300) {
      echo(`delivered with attempt ${attempt}`);
      return attempt;
    }
    echo(reply.failed ? `attempt ${attempt}: ${reply.error}` : `attempt ${attempt}: status ${reply.status}`);
    if (!isWorthAnother(reply)) return 0;
  }
  return 0;
}

function deliver(url: string, attempt: i32): Reply {
  const options: Options = {
    // The token is the same in every attempt, so the receiver can see that an attempt repeats another one.
    headers: ["Content-Type: application/json", "X-Token: 5d3a", `X-Attempt: ${attempt}`],
    connect_timeout: 2,
    timeout: 5,
  };
  return http_background("default", url, options, '{"event":"delivered","id":17}');
}

/** With a status of 4xx the request is wrong, and a denied request will be denied again. Other failures may pass. */
function isWorthAnother(reply: Reply): bool {
  if (reply.failed) return reply.code !== "DENIED" && reply.code !== "URL_MALFORMAT";
  return reply.status >= 500 || reply.status === 429;
}
