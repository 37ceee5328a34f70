// Writes biome.rooms.json, the linter's rules for who may import whom, from the tables of rooms in ARCHITECTURE.md.
// Usage: node scripts/rooms.js [--check]   (--check writes nothing, and fails if the file is out of date)
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const RULES = join(root, "biome.rooms.json");

/** A row of a table: `room/` or `file.ts`, what it is, what it may import. */
const ROW = /^\| `((?:host|assembly|transform)\/[^`]*)` \|([^|]*)\|([^|]*)\|$/gm;
const NAME = /`([^`]+)`/g;

/** The imports with which guests ask and wait, and the files that may call them. */
const SUSPENDING = {
  group: ["**/http_background.ts"],
  importNamePattern: "perform|call|wait|wait_any",
  message: "Only assembly/request.ts and two files of assembly/script/ ask the host and wait",
};
const MAY_SUSPEND = [
  "assembly/index.ts",
  "assembly/request.ts",
  "assembly/script/call.ts",
  "assembly/script/http-background.ts",
];

/** The rows of the tables: each has a room, and the rooms, files and packages that this room may import. */
export function readRooms(text) {
  return [...text.matchAll(ROW)].map(([, room, , imports]) => ({
    room,
    imports: [...imports.matchAll(NAME)].map(([, name]) => name),
  }));
}

/** The linter's overrides for these rooms. `packages` are all packages of the project. */
export function makeRules(rooms, packages) {
  // If several overrides fit a file, the last one counts. So the rule of a file comes after the rule of its folder.
  const isFile = ({ room }) => Number(!room.endsWith("/"));
  const sorted = rooms.toSorted((a, b) => isFile(a) - isFile(b));
  return sorted.map((row) => makeOverride(row, rooms, packages));
}

function makeOverride({ room, imports }, rooms, packages) {
  const hasRooms = rooms.some((other) => other.room !== room && other.room.startsWith(room));
  const folder = room.endsWith("/") ? room.slice(0, -1) : posix.dirname(room);
  const allowed = imports.filter((name) => name.includes("/") || name.endsWith(".ts"));
  const local = allowed.filter((name) => !packages.includes(name)).map((name) => resolve(folder, name));
  const message = `${room} may import ${imports.join(", ") || "nothing"} (ARCHITECTURE.md)`;
  // A file that may import nothing may not import its neighbours either.
  const beside = !room.endsWith("/") && imports.length === 0 ? ["./**"] : [];
  const group = ["../**", "./*/**", ...beside, ...local.map((path) => `!${relative(folder, path)}`)];
  const patterns = [{ group, message }];
  if (room.startsWith("assembly/") && !MAY_SUSPEND.includes(room)) patterns.push(SUSPENDING);
  const denied = packages.filter((name) => !imports.includes(name));
  patterns.push({ group: denied.flatMap((name) => [name, `${name}/**`]), message });
  const options = { level: "error", options: { patterns } };
  return {
    includes: [room.endsWith("/") ? `${room}${hasRooms ? "*" : "**"}` : room],
    linter: { rules: { style: { noRestrictedImports: options } } },
  };
}

/** Names are relative to the room's parent folder, or begin with the folder of a side. */
function resolve(folder, name) {
  const isWhole = /^(host|assembly|transform)\//.test(name);
  return isWhole ? name : posix.join(posix.dirname(folder), name);
}

function relative(folder, path) {
  const isFolder = path.endsWith("/");
  const target = posix.relative(folder, isFolder ? path.slice(0, -1) : path);
  const specifier = target.startsWith(".") ? target : `./${target}`;
  return isFolder ? `${specifier}/*` : specifier;
}

function main() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const rooms = readRooms(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));
  const named = rooms.flatMap(({ imports }) => imports).filter((name) => !/\/|\.ts$/.test(name));
  const packages = [...new Set([...Object.keys({ ...dependencies, ...peerDependencies }), ...named])].sort();
  const rows = makeRules(rooms, packages).map((row) => `    ${JSON.stringify(row)}`);
  const text = `{\n  "overrides": [\n${rows.join(",\n")}\n  ]\n}\n`;
  if (!process.argv.includes("--check")) writeFileSync(RULES, text);
  else if (readFileSync(RULES, "utf8") !== text) {
    console.error("biome.rooms.json does not match the tables in ARCHITECTURE.md: run `npm run rooms`");
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
