import { basename } from "node:path";
import { type Config, parseConfig } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import { Mistake } from "./command.ts";
import { reasonOf } from "./file-words.ts";
import { readInput, TimedOut } from "./input.ts";

const PLUGIN = "http-background";

/**
 * Reads the configuration from a file: Halon's `smtpd.yaml` with its `plugins:` entry, or `{ threads }` alone,
 * as YAML or JSON.
 *
 * @param signal aborts when the time of the command is over
 * @returns a configuration for `createHttpBackground`
 * @throws {Mistake} if the file cannot be read, or is wrong. The message names the file and the key; TimedOut
 */
export async function readConfig(path: string, signal?: AbortSignal): Promise<Config> {
  const document = await parseFile(path, signal);
  const config = hasKey(document, "plugins") ? pluginConfig(document.plugins, path) : document;
  try {
    parseConfig(config);
  } catch (error) {
    if (error instanceof HttpBackgroundError)
      throw new Mistake(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
  return config as Config;
}

/** Reads a file of YAML or JSON. @throws {Mistake} which names the file, and shows where it is wrong; TimedOut */
export async function parseFile(path: string, signal?: AbortSignal): Promise<unknown> {
  const text = await readText(path, signal);
  try {
    return await parseText(path, text);
  } catch (error) {
    throw mistakeIn(path, error);
  }
}

/** The same, for a file that has secrets: nothing of its text is shown. */
export async function parseSecretFile(path: string, signal?: AbortSignal): Promise<unknown> {
  const text = await readText(path, signal);
  try {
    return await parseText(path, text);
  } catch (error) {
    throw new Mistake(`${path}: is no ${path.endsWith(".json") ? "JSON" : "YAML"}${placeOf(error)}`);
  }
}

async function readText(path: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return (await readInput(path, signal)).toString("utf8");
  } catch (error) {
    throw error instanceof TimedOut ? error : mistakeIn(path, error);
  }
}

async function parseText(path: string, text: string): Promise<unknown> {
  // An editor of Windows puts the mark there, YAML allows it, and JSON.parse does not.
  if (path.endsWith(".json")) return JSON.parse(text.replace(/^\ufeff/, ""));
  const { parse } = await import("yaml");
  return parse(text);
}

function mistakeIn(path: string, error: unknown): Mistake {
  return new Mistake(`${path}: ${reasonOf(error)}`, { cause: error });
}

/** Where an error of a parser says it is, without the text there. */
function placeOf(error: unknown): string {
  const [place] = /\bat (?:line [0-9]+, column [0-9]+|position [0-9]+)/.exec((error as Error).message) ?? [];
  return place === undefined ? "" : ` ${place}`;
}

function pluginConfig(plugins: unknown, path: string): unknown {
  const entries = Array.isArray(plugins) ? plugins.filter(isOurs) : [];
  const [entry] = entries;
  if (entry !== undefined && entries.length === 1) return entry.config;
  const found = entries.length === 0 ? "no entry" : `more than one entry`;
  throw new Mistake(`${path}: "plugins" has ${found} for ${PLUGIN}; there must be one, with its "config"`);
}

/** Whether an entry is for this plugin: it has the plugin's name, or any name and the path of the plugin's library. */
function isOurs(entry: unknown): entry is { config?: unknown } {
  if (hasKey(entry, "path") && typeof entry.path === "string") {
    return basename(entry.path).replace(/\.so$/, "").replace(/^lib/, "") === PLUGIN;
  }
  return hasKey(entry, "id") && entry.id === PLUGIN;
}

function hasKey<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}
