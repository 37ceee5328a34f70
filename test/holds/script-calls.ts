/** A script that makes many calls at the same time, each with as many signed headers as a call may have. */
export const MANY_CALLS = `
import { args, echo, http_background } from "http-background/guest";

export default async function main() {
  const [url, calls, count] = args();
  const headers = Array.from({ length: Number(count) }, (_, index) => \`X-\${index}: a\`.padEnd(1000, "  z"));
  const options = { headers, timeout: 30, aws_sigv4: "aws:amz:eu:s3", username: "u", password: "p" };
  const call = () => http_background("default", url, options);
  const results = await Promise.all(Array.from({ length: Number(calls) }, call));
  for (const { status, code } of results) if (status !== 200) throw new Error(code ?? String(status));
  echo("done");
  return 0;
}
`;
