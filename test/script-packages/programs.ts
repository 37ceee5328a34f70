/** A program that uses a package of npm. Node runs it, too, and both must come to the same result. */
export interface Program {
  /** The package, with its version. */
  readonly package: string;
  /** A module whose default export gives a result. */
  readonly source: string;
}

/** Schema validators, template engines, libraries for dates, parsers, and what is made of `fetch`. */
export const PROGRAMS: readonly Program[] = [
  {
    package: "ajv@8.20.0",
    source: `import Ajv from "ajv";
      export default () => {
        const validate = new Ajv({ allErrors: true }).compile({
          type: "object", required: ["id", "tags"], additionalProperties: false,
          properties: { id: { type: "integer", minimum: 1 }, tags: { type: "array", items: { type: "string", pattern: "^[a-z]+$" }, uniqueItems: true } },
        });
        return [{ id: 1, tags: ["a", "b"] }, { id: 0, tags: ["a", "a", "B"], x: 1 }, {}].map((value) => [validate(value), validate.errors]);
      };`,
  },
  {
    package: "zod@4.6.7",
    source: `import * as z from "zod";
      export default () => {
        const user = z.object({ name: z.string().min(2).transform((name) => name.toUpperCase()), mail: z.email(), age: z.coerce.number().int().optional(), kind: z.enum(["a", "b"]).default("a") });
        return [{ name: "ada", mail: "a@b.example", age: "36" }, { name: "x", mail: "no", age: 1.5, kind: "c" }].map((value) => {
          const { success, data, error } = user.safeParse(value);
          return [success, data ?? null, error?.issues.map(({ path, code, message }) => [path, code, message]) ?? null];
        });
      };`,
  },
  {
    package: "mustache@4.2.0",
    source: `import mustache from "mustache";
      export default () => mustache.render("{{#list}}<b>{{name}}</b>{{^last}}, {{/last}}{{/list}} {{{raw}}} {{> part}}", { list: [{ name: "a & b" }, { name: "ü", last: true }], raw: "<i>" }, { part: "{{raw}}!" });`,
  },
  {
    package: "handlebars@4.7.10",
    source: `import Handlebars from "handlebars/dist/handlebars.js";
      export default () => {
        Handlebars.registerHelper("loud", (text) => String(text).toUpperCase());
        return Handlebars.compile("{{#each users as |user i|}}{{i}}: {{loud user.name}} {{#if user.admin}}*{{else}}-{{/if}}\\n{{/each}}{{title}}")({ users: [{ name: "ada", admin: true }, { name: "<b>" }], title: "<t>" });
      };`,
  },
  {
    package: "liquidjs@10.30.1",
    source: `import { Liquid } from "liquidjs/dist/liquid.browser.mjs";
      export default async () => await new Liquid().parseAndRender("{% assign total = 0 %}{% for item in items %}{{ item.name | capitalize }}: {{ item.price | times: 2 | round: 1 }}{% assign total = total | plus: item.price %}{% unless forloop.last %}; {% endunless %}{% endfor %} = {{ total }}", { items: [{ name: "tea", price: 1.25 }, { name: "cake", price: 3 }] });`,
  },
  {
    package: "dayjs@1.11.23",
    source: `import dayjs from "dayjs"; import utc from "dayjs/plugin/utc.js"; import relative from "dayjs/plugin/relativeTime.js";
      dayjs.extend(utc); dayjs.extend(relative);
      export default () => {
        const day = dayjs.utc("2024-02-28T23:30:00Z");
        return [day.add(1, "day").format("YYYY-MM-DD dddd HH:mm:ss.SSS Z"), day.add(1, "month").endOf("month").toISOString(), day.diff(dayjs.utc("2020-01-01"), "week"), day.from(dayjs.utc("2024-01-01")), day.isAfter("2024-01-01")];
      };`,
  },
  {
    package: "date-fns@4.4.0",
    source: `import { addMonths, differenceInCalendarDays, eachWeekOfInterval, formatISO, intervalToDuration, parseISO } from "date-fns";
      export default () => {
        const start = parseISO("2024-01-31T10:00:00Z"), end = parseISO("2024-03-15T12:30:00Z");
        return [addMonths(start, 1).toISOString(), differenceInCalendarDays(end, start), eachWeekOfInterval({ start, end }).length, formatISO(end, { representation: "date" }), intervalToDuration({ start, end })];
      };`,
  },
  {
    package: "marked@16.4.2",
    source: `import { marked } from "marked";
      export default () => marked.parse("# Title *a*\\n\\nText with \`code\`, [link](http://x 'y') and ~~no~~.\\n\\n- one\\n- two\\n  1. deep\\n\\n| a | b |\\n|---|:-:|\\n| 1 | 2 |\\n\\n\\\`\\\`\\\`js\\nconst a = '<b>';\\n\\\`\\\`\\\`\\n> quote\\n");`,
  },
  {
    package: "markdown-it@14.3.3",
    source: `import markdown from "markdown-it";
      export default () => markdown({ linkify: true, typographer: true }).render("Title\\n=====\\n\\n\\"Quotes\\" -- and (c), www.example.com\\n\\n1. a\\n2. b\\n\\n![i](x.png \\"t\\") &auml; **ü**_x_\\n\\n    code <b>\\n");`,
  },
  {
    package: "yaml@2.9.1",
    source: `import { parse, stringify } from "yaml";
      export default () => {
        const value = parse("a: &x [1, 2.5, ~, true]\\nb: *x\\nc: |\\n  two\\n  lines\\nd: { e: 'f' }\\n2024: 0x1F\\n");
        return [value, stringify({ list: [{ a: "yes", b: "x: y" }], text: "one\\ntwo\\n" })];
      };`,
  },
  {
    package: "jose@6.2.18",
    source: `import { base64url, jwtVerify, SignJWT } from "jose";
      export default async () => {
        const secret = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
        const token = await new SignJWT({ name: "ada" }).setProtectedHeader({ alg: "HS256" }).setIssuedAt(1700000000).setIssuer("urn:a").sign(secret);
        const { payload, protectedHeader } = await jwtVerify(token, secret, { issuer: "urn:a" });
        const wrong = await jwtVerify(token.slice(0, -2) + "xx", secret).catch(({ code }) => code);
        return [token, payload, protectedHeader, wrong, base64url.encode(new Uint8Array([251, 255]))];
      };`,
  },
  {
    package: "hono@4.13.19",
    source: `import { Hono } from "hono"; import { HTTPException } from "hono/http-exception";
      export default async () => {
        const app = new Hono().basePath("/api");
        app.use("*", async (c, next) => { await next(); c.header("x-seen", c.req.method); });
        app.get("/users/:id{[0-9]+}", (c) => c.json({ id: Number(c.req.param("id")), q: c.req.query("q") ?? null }));
        app.post("/users", async (c) => c.json(await c.req.json(), 201));
        app.get("/bad", () => { throw new HTTPException(418, { message: "no" }); });
        const ask = async (path, init) => { const r = await app.request("http://x/api" + path, init); return [r.status, r.headers.get("x-seen"), await r.text()]; };
        return [await ask("/users/7?q=ü"), await ask("/users", { method: "POST", body: '{"a":1}' }), await ask("/users/x"), await ask("/bad")];
      };`,
  },
  {
    package: "ky@1.14.3",
    source: `import ky from "ky";
      export default async () => {
        const seen = [];
        const fetch = async (request) => { seen.push([request.method, request.url, request.headers.get("content-type"), await request.text()]); return seen.length === 1 ? new Response("", { status: 503, headers: { "retry-after": "0" } }) : Response.json({ ok: seen.length }); };
        const api = ky.create({ prefixUrl: "http://x/v1", fetch, retry: { limit: 2, methods: ["put"] }, headers: { a: "b" } });
        const first = await api.put("users", { json: { a: 1 }, searchParams: { q: "ü" } }).json();
        const bad = await ky("http://x", { fetch: async () => new Response("no", { status: 404 }), retry: 0 }).catch(({ name, response }) => [name, response.status]);
        return [first, seen, bad];
      };`,
  },
  {
    package: "p-limit@7.3.3",
    source: `import pLimit from "p-limit";
      export default async () => {
        const limit = pLimit(2); let running = 0, most = 0;
        const all = await Promise.all([5, 3, 1, 4].map((ms) => limit(async () => { most = Math.max(most, ++running); await new Promise((r) => setTimeout(r, ms)); running--; return ms; })));
        return [all, most];
      };`,
  },
];
