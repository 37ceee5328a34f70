// The same in AssemblyScript: it looks as if it blocked, and is suspended meanwhile.
import { args, echo, http_background } from "http-background/assembly";

export function main(): i32 {
  const reply = http_background("default", `${args()[0]}/customers/7`, { timeout: 5 });
  echo(`${reply.status} ${reply.text}`);
  return reply.status;
}
