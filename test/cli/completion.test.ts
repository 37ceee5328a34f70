import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, it } from "node:test";
import { COMMANDS } from "../../host/cli/commands.ts";
import { completionFor } from "../../host/cli/completion.ts";

const has = (shell: string): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** What is typed, and what it may become. */
const TYPED: [words: string[], becomes: string[]][] = [
  [["c"], ["call", "completion"]],
  [["call", "--re"], ["--request"]],
  [
    ["call", "t", "http://a/", "-O", "tls_verify"],
    ["tls_verify_host=", "tls_verify_peer="],
  ],
  [["run", "x.ts", "--runt"], []],
  [["build", "x.ts", "--runtime", "in"], ["incremental"]],
  [["completion", "z"], ["zsh"]],
];

describe("completion", { timeout: 120_000 }, () => {
  const scripts: Record<string, string> = {};
  before(async () => {
    for (const shell of ["bash", "zsh", "fish"] as const)
      scripts[shell] = await completionFor(shell, COMMANDS);
  });

  it("knows every command and every flag, in each shell", async () => {
    for (const [name, { load }] of COMMANDS) {
      const { flags } = await load();
      for (const [shell, script] of Object.entries(scripts)) {
        assert.ok(script.includes(name), `${shell}: ${name}`);
        for (const flag of Object.keys(flags))
          assert.ok(script.includes(shell === "fish" ? `-l ${flag}` : `--${flag}`), `${shell}: --${flag}`);
      }
    }
  });

  it("completes in bash", { skip: !has("bash") }, () => {
    for (const [words, becomes] of TYPED) {
      const line = ["http-background", ...words].map((word) => `'${word}'`).join(" ");
      // Outside of a completion, bash has no place for the wish that no blank follows.
      const program = `compopt() { :; }
        ${scripts.bash}
        COMP_WORDS=(${line}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
        _http_background; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
      assert.equal(stderr, "");
      assert.deepEqual(stdout.split("\n").filter(Boolean).sort(), becomes, words.join(" "));
    }
  });

  it("completes in fish", { skip: !has("fish") }, () => {
    for (const [words, becomes] of TYPED) {
      const program = `${scripts.fish}\ncomplete -C 'http-background ${words.join(" ")}'`;
      const { stdout } = spawnSync("fish", ["-c", program], { encoding: "utf8" });
      const found = stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
      assert.deepEqual(found.filter(Boolean).sort(), becomes, words.join(" "));
    }
  });

  it("is valid zsh", { skip: !has("zsh") }, () => {
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: scripts.zsh ?? "", encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
  });
});
