import { refuseUnseen } from "../../api/refusal.ts";
import type { AllowRule } from "../../api/rules.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { Login } from "../transfer/terms.ts";

/**
 * The credentials of a rule; null if it has none. They are for Basic authentication, or for a signature.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the key
 */
export function readLogin(
  { username, password, aws_sigv4: awsSigv4 }: AllowRule,
  option: string,
): Login | null {
  const login = {
    username: readText(username, `${option}.username`),
    password: readText(password, `${option}.password`),
    awsSigv4: readText(awsSigv4, `${option}.aws_sigv4`),
  };
  if (login.awsSigv4 !== null && (login.username === null || login.password === null))
    refuseUnseen(
      `${option}.aws_sigv4`,
      "needs username and password, which are the id of the key and the key",
    );
  if (login.awsSigv4 === "" || login.awsSigv4?.startsWith(":"))
    refuseUnseen(`${option}.aws_sigv4`, 'has no provider: write "aws:amz", for example');
  return login.username === null && login.password === null ? null : login;
}

function readText(value: unknown, option: string): ByteString | null {
  if (value === undefined) return null;
  if (typeof value !== "string") return refuseUnseen(option, "must be text");
  return Buffer.from(value, "utf8").toString("latin1");
}
