import type { GivenText } from "./script-text.ts";
import { LARGEST_SOURCE } from "./source-folder.ts";
import { checkSourceName, SourceRefusal } from "./source-name.ts";
import type { ScriptSource } from "./sources.ts";

/** The compiler looks for packages and for libraries under these names, and not for sources of the script. */
const TAKEN: ReadonlySet<string | undefined> = new Set(["~lib", "node_modules"]);

/** Parts of a path that the compiler leaves out, or follows. */
const NO_STEPS: ReadonlySet<string> = new Set(["", ".", ".."]);

/** A script that was given as text. Its sources are like files in a folder, but nothing on the disk is read. */
export function openScriptTexts({ sources, extension }: GivenText): ScriptSource {
  const texts = new Map<string, string>();
  for (const [given, text] of sources) {
    const name = readName(given, extension);
    if (texts.has(name)) throw new SourceRefusal(name, "is the name of two sources");
    texts.set(name, readText(name, text));
  }
  const [entry] = texts.keys();
  return {
    entry: entry as string,
    read: (name) => {
      checkSourceName(name);
      return texts.get(name);
    },
  };
}

/** The name as the compiler writes it. An import may begin with `./` and leave out the extension; so may a name. */
function readName(given: string, extension: string): string {
  const path = given.startsWith("./") ? given.slice(2) : given;
  const steps = path.split("/");
  const name = path.endsWith(extension) ? path : path + extension;
  checkSourceName(name);
  if (steps.some((step) => NO_STEPS.has(step))) {
    throw new SourceRefusal(given, "is no name of a source: a part of it is empty or dots");
  }
  if (TAKEN.has(steps[0])) throw new SourceRefusal(given, "is no name of a source: packages have such names");
  return name;
}

/** The text as it would be read from a file: a half of a character becomes U+FFFD. */
function readText(name: string, text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length > LARGEST_SOURCE) throw new SourceRefusal(name, `has more than ${LARGEST_SOURCE} bytes`);
  return bytes.toString();
}
