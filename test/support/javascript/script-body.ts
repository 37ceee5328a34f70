const IMPORT = /^import (\{[^}]*\}) from "http-background\/guest";$/gm;
const ENTRY = /^export default async function main/m;

/** The source of a script as the body of a function that runs it, for `PreludeEngine.run`. */
export function bodyOf(source: string): string {
  if (!ENTRY.test(source)) throw new Error("the script has no entry");
  return `${source.replace(IMPORT, "const $1 = guest;").replace(ENTRY, "async function main")}\nreturn await main();`;
}
