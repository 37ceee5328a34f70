import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import ts from "typescript";
import { COMMANDS } from "../../host/cli/commands.ts";
import { FIGURE_NAMES } from "../../host/cli/figures.ts";
import { inRoot, ROOT, readText } from "../support/root.ts";

/** The types of the entry points, by the page that has all their members. Those of other types are on any page. */
const ENTRIES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "host/index.ts": {
    "docs/diagnostics.md": [
      ...["CallEnd", "CallQueued", "CallResponse", "CallStart", "ConnectionClose", "ConnectionOpen"],
      ...["ConnectionTls", "FleetJoined", "FleetLost", "HopEnd", "HopSent", "HopStart", "MatchedRule"],
      ...["OptionIgnored", "PolicyDenied", "SentHead", "ThreadStats"],
    ],
    "docs/errors.md": ["ErrorCode", "Failed", "HttpBackgroundError", "MistakeCode", "TransferError"],
    "docs/fetch.md": ["FetchOptions"],
    "docs/fleet.md": ["FleetStats"],
    "docs/options.md": ["CallOptions", "CallSettings", "ClientCertificate", "Part", "Progress"],
    "docs/policy.md": ["AllowRule", "PolicyRules", "RuleBudget", "RuleRequest"],
  },
  "host/script/index.ts": {
    "docs/diagnostics.md": ["RunEnd", "RunStart"],
    "docs/script-runtime.md": [
      ...["CompileOptions", "Granted", "LimitCode", "Limits", "LoadOptions", "RunOptions", "RunResult"],
      ...["RunUsage", "RuntimeStats", "Script", "ScriptError", "ScriptErrorCode", "ScriptRequest"],
      ...["ScriptRuntime", "ScriptRuntimeOptions", "ScriptText"],
    ],
  },
  "host/testing/index.ts": {
    "docs/testing.md": [
      ...[
        "CassetteOptions",
        "CassetteMode",
        "Comparison",
        "Fake",
        "FaultKind",
        "FaultOptions",
        "HttpMatchers",
      ],
      ...["MatchOptions", "PartPattern", "RedactOptions", "Reply", "RequestPattern", "TestClock"],
      ...["TestKitErrorCode", "TestPart", "TestRequest"],
    ],
  },
  "host/otel/index.ts": { "docs/diagnostics.md": ["Telemetry", "TelemetryOptions"] },
  "host/fleet/redis/index.ts": { "docs/fleet.md": ["FleetOptions"] },
};

/** What applications only pass on: contexts of runners, and what is called by the package itself. */
const PASSED_ON: ReadonlySet<string> = new Set(["Fleet", "ExpectState", "NodeTest", "VitestTest"]);

const ALL = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter(isPage)
    .map((name) => `docs/${name}`),
];

function isPage(name: string): boolean {
  return name.endsWith(".md");
}

/** The words of a page that are written as code, or are a heading. */
function codeOf(page: string): Set<string> {
  const text = readText(page);
  const fence = /^```[^\n]*\n([\s\S]*?)^```/gm;
  const blocks = [...text.matchAll(fence)].map(([, block]) => block);
  const spans = [...text.replace(fence, "").matchAll(/`([^`\n]+)`/g)].map(([, span]) => span);
  const headings = [...text.matchAll(/^#+ (\w+)$/gm)].map(([, heading]) => heading);
  return new Set([...blocks, ...spans, ...headings].join("\n").match(/[\w$]+/g));
}

/** What an entry point exports: names of values, and types with the names of their members or literals. */
interface Exported {
  readonly values: readonly string[];
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
}

function readExports(entry: string, program: ts.Program): Exported {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(inRoot(entry)) as ts.SourceFile);
  const values: string[] = [];
  const types = new Map<string, Set<string>>();
  for (const exported of checker.getExportsOfModule(module as ts.Symbol)) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    if ((symbol.flags & ts.SymbolFlags.Value) !== 0) values.push(exported.name);
    if ((symbol.flags & ts.SymbolFlags.Type) === 0) continue;
    types.set(exported.name, new Set(namesIn(checker.getDeclaredTypeOfSymbol(symbol))));
  }
  return { values, types };
}

function* namesIn(type: ts.Type): Generator<string> {
  for (const one of type.isUnion() ? type.types : [type]) {
    if (one.isStringLiteral()) yield one.value;
    else for (const { name, declarations } of one.getProperties()) if (isOwn(declarations)) yield name;
  }
}

/** Whether a member is declared here, and has a name that others can use. */
function isOwn(declarations: readonly ts.Declaration[] = []): boolean {
  return declarations.some((declaration) => {
    const { fileName } = declaration.getSourceFile();
    const isForeign = fileName.includes("/node_modules/") || !fileName.includes("/host/");
    return !isForeign && ts.isIdentifier(ts.getNameOfDeclaration(declaration) ?? declaration);
  });
}

/** What a file of types for scripts exports, with the names of the members. */
function* importable(path: string): Generator<readonly [string, readonly string[]]> {
  const file = ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest);
  for (const statement of file.statements) {
    if (!ts.canHaveModifiers(statement)) continue;
    const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    const { name } = statement as { name?: ts.Node };
    if (!isExported || name === undefined || !ts.isIdentifier(name)) continue;
    const { members } = statement as { members?: readonly ts.NamedDeclaration[] };
    yield [name.text, (members ?? []).flatMap((member) => nameOf(member))];
  }
}

function nameOf({ name }: ts.NamedDeclaration): string[] {
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

/** Whether a text has this flag, and not only a longer one that begins so. */
function hasFlag(text: string, flag: string): boolean {
  return new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(text);
}

describe("the reference", { timeout: 120_000 }, () => {
  const code = new Map(ALL.map((page) => [page, codeOf(page)]));
  const anywhere = new Set([...code.values()].flatMap((words) => [...words]));
  let program: ts.Program;
  before(() => {
    const { config } = ts.readConfigFile(inRoot("tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT);
    program = ts.createProgram(Object.keys(ENTRIES).map(inRoot), options);
  });

  /** The names that are not on the page that should have them. */
  function* missingIn(type: string, names: ReadonlySet<string>, page: string | undefined): Generator<string> {
    if (PASSED_ON.has(type)) return;
    const words = (page === undefined ? undefined : code.get(page)) ?? anywhere;
    for (const name of names) if (!words.has(name)) yield `${type}.${name} (${page ?? "any page"})`;
  }

  for (const [entry, pages] of Object.entries(ENTRIES)) {
    it(`has everything that ${entry} exports`, () => {
      const { values, types } = readExports(entry, program);
      const rows = Object.entries(pages).flatMap(([page, names]) =>
        names.map((name) => [name, page] as const),
      );
      for (const [name] of rows) assert.ok(types.has(name), `${name} is exported no more`);
      const pageOf = new Map(rows);
      const missing = [...types].flatMap(([type, names]) => [...missingIn(type, names, pageOf.get(type))]);
      assert.deepEqual([...values.filter((name) => !anywhere.has(name)), ...missing], []);
    });
  }

  for (const [command, { load }] of COMMANDS) {
    it(`has every flag of ${command}, as has its help`, async () => {
      const page = readText("docs/cli.md");
      const { flags, help } = await load();
      assert.ok(page.includes(`http-background ${command}`));
      const written = Object.entries(flags).flatMap(([name, { short }]) =>
        short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
      );
      for (const text of [page, help])
        assert.deepEqual(
          written.filter((flag) => !hasFlag(text, flag)),
          [],
        );
    });
  }

  it("has every type that scripts can import, and the members of those of AssemblyScript", () => {
    const ofAssembly = [...importable("assembly.d.ts")];
    const names = ofAssembly.flatMap(([name, members]) => [name, ...members]);
    assert.deepEqual(
      names.filter((name) => !code.get("docs/scripts.md")?.has(name)),
      [],
    );
    const ofGuest = [...importable("guest.d.ts")].map(([name]) => name);
    assert.deepEqual(
      ofGuest.filter((name) => !code.get("docs/javascript-library.md")?.has(name)),
      [],
    );
    assert.ok(ofAssembly.length > 10 && ofGuest.length > 10);
  });

  it("has every global of scripts in JavaScript", () => {
    const globals = [...readText("guest.d.ts").matchAll(/^ {2}(?:class|function|const) (\w+)/gm)];
    assert.ok(globals.length > 20);
    const words = code.get("docs/javascript-library.md");
    assert.deepEqual(
      globals.map(([, name = ""]) => name).filter((name) => !words?.has(name)),
      [],
    );
  });

  it("has every figure of -w", () => {
    const words = code.get("docs/cli.md");
    assert.deepEqual(
      FIGURE_NAMES.filter((name) => !words?.has(name)),
      [],
    );
  });
});
