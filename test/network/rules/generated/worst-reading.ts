/**
 * Whether a server reads a path as one below `folder`, whatever the server does: it decodes again and again, takes
 * backslashes for slashes, leaves out empty names and parameters, and ends the path where it can. It shares no code with
 * the host.
 */
export function isBelow(folder: string, target: string): boolean {
  return readings(target).every((path) => path.startsWith(folder));
}

/** The path as each server reads it: after no, one, two, … rounds of decoding. */
function readings(target: string): string[] {
  const paths: string[] = [];
  let text = target.split("?", 1)[0] ?? "";
  for (let round = 0; round < 4; round++) {
    text = text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
    paths.push(resolve(narrow(text)), resolve(narrow(text).split(/[?#\0]/, 1)[0] ?? ""));
  }
  return paths;
}

/** Overlong and wide forms of a dot and of slashes, as their bytes. */
function narrow(text: string): string {
  return text
    .replaceAll("\xc0\xae", ".")
    .replaceAll("\xc0\xaf", "/")
    .replaceAll("\xef\xbc\x8e", ".")
    .replaceAll("\xef\xbc\x8f", "/")
    .replaceAll("\\", "/");
}

function resolve(path: string): string {
  const kept: string[] = [];
  const names = path.split("/").slice(1);
  for (const [index, name] of names.entries()) {
    const bare = (name.split(";", 1)[0] ?? "").trim();
    const isLast = index === names.length - 1;
    if (bare === ".." || bare === "...") kept.pop();
    else if (bare !== "." && (bare !== "" || isLast)) kept.push(bare);
    if (isLast && /^\.+$/.test(bare)) kept.push("");
  }
  return `/${kept.join("/")}`;
}
