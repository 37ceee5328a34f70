import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Mistake } from "../../host/cli/command.ts";
import { checkFormat, Figures } from "../../host/cli/figures.ts";
import { paint } from "../../host/cli/paint.ts";

describe("the figures of a call", () => {
  const failed = new Figures();
  failed.end({ error: "Couldn't connect to server", code: "COULDNT_CONNECT" }, 1);

  it("are filled into a format, whose other text stays", () => {
    const rows: [format: string, filled: RegExp][] = [
      ["%{http_code}|%{remote_ip}|%{exitcode}", /^000\|\|1$/],
      ["a%%b\\t%{errormsg}\\n", /^a%b\tCouldn't connect to server\n$/],
      ["%{time_total}", /^\d+\.\d{6}$/],
      ["%x \\x %{", /^%x \\x %\{$/],
    ];
    for (const [format, filled] of rows) assert.match(failed.fill(format), filled);
    assert.equal(JSON.parse(failed.fill("%{json}")).error_code, "COULDNT_CONNECT");
  });

  it("are those that there are", () => {
    checkFormat("%{json} %{time_total} %{} {x}".replace("%{} ", ""));
    assert.throws(() => checkFormat("%{time_totl}"), Mistake);
    assert.throws(() => checkFormat("%{}"), /there is no figure ""/);
    assert.throws(() => checkFormat("%{constructor}"), Mistake);
  });
});

describe("a colour", () => {
  const terminal = { isTTY: true, hasColors: () => true } as Parameters<typeof paint>[0];

  it("is for terminals that have some, and for users who want it", () => {
    const { NO_COLOR } = process.env;
    delete process.env.NO_COLOR;
    assert.equal(paint(terminal, "dim", "x"), "\u001b[2mx\u001b[22m");
    assert.equal(paint({ ...terminal, hasColors: () => false }, "dim", "x"), "x");
    assert.equal(paint({ isTTY: false } as typeof terminal, "dim", "x"), "x");
    process.env.NO_COLOR = "1";
    assert.equal(paint(terminal, "dim", "x"), "x");
    if (NO_COLOR === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = NO_COLOR;
  });
});
