import { decoded } from "./percent-decoding.ts";

/** Attributes of a cookie, which are no secrets. */
const ATTRIBUTES: ReadonlySet<string> = new Set(["path", "domain", "expires", "max-age", "samesite"]);

/** Parameters of credentials that are secret, such as those of Digest, of OAuth 1 and of AWS. */
const PARAMETERS: ReadonlySet<string> = new Set([
  ...["response", "cnonce", "signature", "credential", "token", "oauth_token", "oauth_signature"],
]);

/** What is secret in the value of a header, such as a token behind its scheme. @param name in lower case */
export function secretsInHeader(name: string, value: string): string[] {
  if (name !== "cookie" && name !== "set-cookie") return [value, ...credentialsIn(value)];
  return value.split(/[;\n]/).flatMap((pair) => {
    const at = pair.indexOf("=");
    const isSecret = at !== -1 && !ATTRIBUTES.has(pair.slice(0, at).trim().toLowerCase());
    return isSecret ? cookieSecrets(pair.slice(at + 1)) : [];
  });
}

/** The value of a cookie: without quotes, and, as most programs read it, without escapes. */
export function cookieSecrets(value: string): string[] {
  const plain = unquoted(value.trim());
  return [plain, decoded(plain)];
}

/** What is secret in the user of a URL: the password, or a user without one. */
export function userSecrets(userInfo: string): string[] {
  const password = userInfo.slice(userInfo.indexOf(":") + 1);
  return [password, decoded(password)];
}

/** What stands behind the scheme of credentials, the password of Basic, and parameters. */
function credentialsIn(value: string): string[] {
  const [, scheme = "", rest = ""] = /^([A-Za-z][\w-]{0,60})[ \t]+(\S.*)$/s.exec(value) ?? [];
  if (rest === "") return [];
  if (scheme.toLowerCase() !== "basic") return [rest, ...parametersIn(rest)];
  const login = Buffer.from(rest, "base64").toString();
  return [rest, login.slice(login.indexOf(":") + 1)];
}

function parametersIn(credentials: string): string[] {
  return credentials.split(",").flatMap((parameter) => {
    const at = parameter.indexOf("=");
    const isSecret = PARAMETERS.has(parameter.slice(0, Math.max(0, at)).trim().toLowerCase());
    return isSecret ? [unquoted(parameter.slice(at + 1).trim())] : [];
  });
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
