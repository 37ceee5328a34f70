#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { HttpBackgroundError } from "../api/errors.ts";
import { nearestName } from "../api/nearest-name.ts";
import { PACKAGE_ROOT } from "../package-root.ts";
import { EXIT, Mistake } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { paint } from "./paint.ts";
import { readArguments, requireText, showBytes } from "./raw-arguments.ts";
import { Interrupted } from "./signals.ts";
import { writeForeign } from "./terminal.ts";

const NAME = "http-background";

/** The length of the longest name, and two blanks. */
const NAME_WIDTH = 2 + Math.max(...[...COMMANDS.keys()].map((name) => name.length));

const HELP = `Usage: ${NAME} COMMAND [ARGUMENT …]

Commands:
${[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(NAME_WIDTH)}${summary}`).join("\n")}

  ${NAME} COMMAND --help   explains a command
  ${NAME} --version        prints the version

If a command was wrong, its exit code is 2. The help of a command lists its other exit codes.
`;

/** Reads the arguments, which can fail, and runs the command. */
async function start(): Promise<number> {
  try {
    return await main(withoutHelp(readArguments(process.argv.slice(2))));
  } catch (error) {
    if (error instanceof Mistake) return complain(NAME, error.message);
    return breakDown(error);
  }
}

/** Whatever happens is said in one line. */
function complain(who: string, message: string, code: number = EXIT.mistake): number {
  const lines = showBytes(message).split("\n");
  const line = lines
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join(" ");
  process.stderr.write(paint(process.stderr, "bold", `${who}:`));
  writeForeign(process.stderr, ` ${line}\n`);
  return code;
}

/** This program has a mistake. With HTTP_BACKGROUND_TRACE, it shows where. */
function breakDown(error: unknown): number {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const place = process.env.HTTP_BACKGROUND_TRACE ? `${stack}` : "HTTP_BACKGROUND_TRACE=1 shows where";
  return complain(NAME, `a mistake of this program: ${name}: ${message} (${place})`, EXIT.broken);
}

/** As with git, `help NAME` is `NAME --help`. */
function withoutHelp(args: string[]): string[] {
  const [name, topic] = args;
  return name === "help" && topic !== undefined && !topic.startsWith("-") ? [topic, "--help"] : args;
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") return print(HELP);
  if (name === "--version" || name === "-V") return print(`${version()}\n`);
  const entry = COMMANDS.get(name ?? "");
  if (entry === undefined) return refuse(name);

  const command = await entry.load();
  if (asksForHelp(rest)) return print(command.help);
  try {
    if (command.takesBytes !== true) for (const arg of rest) requireText(name ?? "", arg);
    return await command.run(rest, COMMANDS);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (!isMistake(error)) throw error;
    const isOfUsage = !(error instanceof Mistake) || error.isOfUsage;
    const advice = isOfUsage ? `; try "${NAME} ${name} --help"` : "";
    return complain(`${NAME} ${name}`, `${error.message.trimEnd()}${advice}`);
  }
}

function refuse(name: string | undefined): number {
  if (name !== undefined)
    return complain(NAME, `there is no command "${name}"${hint(name)}; try "${NAME} --help"`);
  writeForeign(process.stderr, HELP);
  return EXIT.mistake;
}

function hint(name: string): string {
  if (/^(?:https?:\/\/|(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$)/i.test(name))
    return `; a request is made with "${NAME} call default URL"`;
  const nearest = nearestName(name, [...COMMANDS.keys()]);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT.status;
}

/** Whether there is a `--help` before a `--`. */
function asksForHelp(args: string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
}

function isMistake(error: unknown): error is Error {
  if (error instanceof Mistake) return true;
  return (
    error instanceof HttpBackgroundError && error.code !== "GUEST_TRAPPED" && error.code !== "BAD_MODULE"
  );
}

function version(): string {
  const manifest = readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

// If the reader closes the pipe, as `| head` does, this is not an error.
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") return;
  process.exit(complain(NAME, `standard output cannot be written: ${message}`));
});
// Then there is nobody to tell.
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => process.exit(breakDown(error)));
// Node would add its own advice. What it says of its own features does not help the user of a command. Of options
// without effect, `call` tells itself.
process.removeAllListeners("warning");
process.on("warning", ({ name, message, code }: Error & { code?: string }) => {
  if (name === "HttpBackgroundWarning" && code !== "HTTP_BACKGROUND_OPTION_IGNORED") complain(NAME, message);
});

process.exitCode = await start();
