import { HttpBackgroundError } from "../../api/errors.ts";

/** A client of the package `redis`, version 4 or newer: of one server, of a sentinel or of a cluster. */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** A client of the package `ioredis`, version 5 or newer, or `iovalkey`: of one server, of a sentinel or of a cluster. */
export interface IoRedisClient {
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** The application's own client of Redis or Valkey. It stays the application's: nobody else connects or closes it. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** A script that runs in the server. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** Runs a script that the server knows already, or one that it does not know yet. */
export interface ScriptRunner {
  runKnown(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/** @throws HttpBackgroundError BAD_CONFIG if it is no client that we know */
export function runnerOf(client: RedisClient): ScriptRunner {
  if (hasMethods(client, "evalSha", "eval")) return nodeRedisRunner(client as NodeRedisClient);
  if (hasMethods(client, "evalsha", "eval")) return ioRedisRunner(client as IoRedisClient);
  const message =
    "client: must be a client of the package redis (4 or newer), ioredis (5 or newer) or iovalkey";
  throw new HttpBackgroundError("BAD_CONFIG", message, { option: "client" });
}

function nodeRedisRunner(client: NodeRedisClient): ScriptRunner {
  const options = (keys: readonly string[], args: readonly string[]) => ({
    keys: [...keys],
    arguments: [...args],
  });
  return {
    runKnown: ({ sha }, keys, args) => client.evalSha(sha, options(keys, args)),
    run: ({ text }, keys, args) => client.eval(text, options(keys, args)),
  };
}

function ioRedisRunner(client: IoRedisClient): ScriptRunner {
  return {
    runKnown: ({ sha }, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    run: ({ text }, keys, args) => client.eval(text, keys.length, ...keys, ...args),
  };
}

function hasMethods(client: unknown, ...names: string[]): boolean {
  if (typeof client !== "object" || client === null) return false;
  return names.every((name) => typeof (client as Record<string, unknown>)[name] === "function");
}
