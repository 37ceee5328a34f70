import { args, echo, http_background } from "http-background/assembly";

export function main(): void {
  const url = args()[0];
  const first = http_background("default", `${url}/1`, { timeout: 60, headers: ["X-Token: 1"] }, "a=b");
  const second = http_background("default", `${url}/2`);
  echo(`${first.content} ${second.content}`);
}
