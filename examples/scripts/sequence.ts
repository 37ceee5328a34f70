// Makes many requests, one after the other, in a loop. The script waits at every call, but nothing else has to wait.
import { args, echo, http_background } from "http-background/assembly";

/** Requests `<url>/0`, `<url>/1` and so on. The second argument is their number. Returns how many were answered. */
export function main(): i32 {
  const url = args()[0];
  const count = i32.parse(args()[1]);
  const statuses = new Map<i32, i32>();
  let bytes = 0;

  for (let i = 0; i < count; i++) {
    const reply = http_background("default", `${url}/${i}`, { timeout: 10 });
    const status = reply.status;
    statuses.set(status, statuses.has(status) ? statuses.get(status) + 1 : 1);
    // Content is read when the script uses it. Content that the script does not use is released.
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
