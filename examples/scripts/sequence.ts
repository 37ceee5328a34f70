// Many requests in sequence, written as a loop: the script waits at every call, and nobody else does.
import { args, echo, http_background } from "http-background/assembly";

/** Asks `<url>/0`, `<url>/1` and so on, as many as the second argument says; returns how many were answered. */
export function main(): i32 {
  const url = args()[0];
  const count = i32.parse(args()[1]);
  const statuses = new Map<i32, i32>();
  let bytes = 0;

  for (let i = 0; i < count; i++) {
    const reply = http_background("default", `${url}/${i}`, { timeout: 10 });
    const status = reply.status;
    statuses.set(status, statuses.has(status) ? statuses.get(status) + 1 : 1);
    // Content is read when it is asked for; what nobody will read is let go.
    if (status === 200) bytes += reply.content.length;
    else reply.release();
  }

  const seen = statuses.keys();
  for (let i = 0; i < seen.length; i++) {
    echo(`${statuses.get(seen[i])} × ${seen[i] === 0 ? "failed" : `status ${seen[i]}`}`);
  }
  echo(`${bytes} bytes`);
  return statuses.has(0) ? count - statuses.get(0) : count;
}
