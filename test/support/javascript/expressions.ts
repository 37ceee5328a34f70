/** Groups of expressions with what the library has, and their values through JSON. What throws has the name of its error. */
export const TABLES: Readonly<Record<string, readonly (readonly [expression: string, value: unknown])[]>> = {
  URL: [
    [`new URL("/a?b#c", "http://u:p@x:81/").href`, "http://u:p@x:81/a?b#c"],
    [`new URL("x")`, "TypeError"],
    [`URL.canParse("x") || URL.parse("x", "http://y/").href`, "http://y/x"],
    [`URL.parse("x")`, null],
    [
      `(() => { const u = new URL("http://x/"); u.port = "81"; u.search = "a=b"; u.searchParams.append("c", "d e"); u.hash = "f"; return u.href })()`,
      "http://x:81/?a=b&c=d+e#f",
    ],
    [
      `(() => { const u = new URL("http://x/?a=1"); const p = u.searchParams; u.search = "?b=2"; return [...p] })()`,
      [["b", "2"]],
    ],
    [`JSON.stringify({ u: new URL("http://x") })`, '{"u":"http://x/"}'],
    [`(() => { const u = new URL("http://x"); u.href = "y" })()`, "TypeError"],
  ],
  URLSearchParams: [
    [`new URLSearchParams("?a=1&b=%C3%A4+%zz&a=3&=x&c").toString()`, "a=1&b=%C3%A4+%25zz&a=3&=x&c="],
    [`new URLSearchParams([["a", "1"], ["a", "2"]]).getAll("a")`, ["1", "2"]],
    [`new URLSearchParams({ a: 1, b: "ü" }).toString()`, "a=1&b=%C3%BC"],
    [
      `(() => { const p = new URLSearchParams("a=1&b=2&a=3"); p.set("a", "4"); p.delete("b"); return [p.toString(), p.size, p.has("a", "4")] })()`,
      ["a=4", 1, true],
    ],
    [`new URLSearchParams([["a"]])`, "TypeError"],
    [
      `(() => { const p = new URLSearchParams("z=1&a=2&z=0"); p.sort(); return [...p.keys()] })()`,
      ["a", "z", "z"],
    ],
  ],
  text: [
    [
      `[...new TextEncoder().encode("aä€😀\\ud800")]`,
      [97, 195, 164, 226, 130, 172, 240, 159, 152, 128, 239, 191, 189],
    ],
    [`new TextEncoder().encodeInto("aä😀", new Uint8Array(4))`, { read: 2, written: 3 }],
    [`new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xff]))`, "a\ufffd"],
    [`new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff]))`, "TypeError"],
    [`new TextDecoder("latin1").encoding`, "windows-1252"],
    [`new TextDecoder("nope")`, "RangeError"],
    [
      `(() => { const d = new TextDecoder(); return [0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82].map((b) => d.decode(new Uint8Array([b]), { stream: true })).concat(d.decode()) })()`,
      ["", "", "", "😀", "", "", "\ufffd"],
    ],
    [
      `(() => { const d = new TextDecoder("utf-16le"); return [0x3d, 0xd8, 0x00, 0xde].map((b) => d.decode(new Uint8Array([b]), { stream: true })) })()`,
      ["", "", "", "😀"],
    ],
    [`new TextDecoder("shift_jis").decode(new Uint8Array([0x82, 0xa0]))`, "あ"],
    [`new TextDecoder("shift_jis").decode(new Uint8Array([0x82]), { stream: true })`, "TypeError"],
    [`[btoa("a\\xff"), atob("Yf8=").charCodeAt(1), atob(" Y Q ")]`, ["Yf8=", 255, "a"]],
    [`atob("a")`, "InvalidCharacterError"],
    [
      `(() => { const t = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode((i * 7) % 256)).join(""); const e = btoa(t); return [e.length, atob(e) === t, atob(e.replace(/.{76}/g, "$& \\n")) === t, Uint8Array.fromBase64(e).every((b, i) => b === t.charCodeAt(i))] })()`,
      [266_668, true, true, true],
    ],
    [
      `["A=", "A==", "AA=", "AA==", "AAA=", "=", "==", "===", "A=AA", "AA=A", "=AAA", "ü", "€"].map((end) => ["", "AAAA".repeat(49_151), "AAAA".repeat(49_152), "AAAA".repeat(49_151) + "AAA"].map((begin) => { try { return atob(begin + end).length - (begin.length >> 2) * 3 } catch { return -1 } }))`,
      ["A=", "A==", "AA=", "AA==", "AAA=", "=", "==", "===", "A=AA", "AA=A", "=AAA", "ü", "€"].map((end) =>
        ["", "AAAA", "AAAA", "AAAAAAA"].map((begin) => {
          try {
            return atob(begin + end).length - (begin.length >> 2) * 3;
          } catch {
            return -1;
          }
        }),
      ),
    ],
    [`btoa("x".repeat(300_000) + "€")`, "InvalidCharacterError"],
    [`[atob(), btoa()]`, "TypeError"],
    [`new atob("")`, "TypeError"],
  ],
  streams: [
    [
      `(async () => { const r = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }).getReader(); return [await r.read(), await r.read(), await r.read(), await r.closed] })()`,
      [{ value: 1, done: false }, { value: 2, done: false }, { done: true }, null],
    ],
    [
      `(async () => { let n = 0; const s = new ReadableStream({ pull(c) { if (++n > 3) c.close(); else c.enqueue(n) } }, { highWaterMark: 0 }); await 0; const first = n; const all = []; for await (const p of s) all.push(p); return [first, all, s.locked] })()`,
      [0, [1, 2, 3], false],
    ],
    [
      `(async () => { const log = []; const s = new ReadableStream({ pull(c) { c.enqueue("x") }, cancel(why) { log.push(why) } }); for await (const p of s) { log.push(p); break } return [log, await s.getReader().read()] })()`,
      [["x", null], { done: true }],
    ],
    [
      `(async () => { const s = ReadableStream.from([1, 2]); for await (const p of s.values({ preventCancel: true })) break; return (await s.getReader().read()).value })()`,
      2,
    ],
    [
      `(async () => { const [a, b] = ReadableStream.from([1, 2]).tee(); const take = async (s) => { const all = []; for await (const p of s) all.push(p); return all }; return [await take(a), await take(b)] })()`,
      [
        [1, 2],
        [1, 2],
      ],
    ],
    [
      `(async () => { const s = new ReadableStream({ start(c) { c.error(new RangeError("x")) } }); const r = s.getReader(); return [await r.read().catch((e) => e.name), await r.closed.catch((e) => e.name)] })()`,
      ["RangeError", "RangeError"],
    ],
    [
      `(async () => { const s = new ReadableStream({ pull() { throw new RangeError("x") } }); return s.getReader().read().catch((e) => e.name) })()`,
      "RangeError",
    ],
    [
      `(async () => { const s = new ReadableStream(); const r = s.getReader(); const read = r.read().catch((e) => e.name); r.releaseLock(); return [await read, s.locked, await r.read().catch((e) => e.name), await r.closed.catch((e) => e.name)] })()`,
      ["TypeError", false, "TypeError", "TypeError"],
    ],
    [
      `(async () => { let c; const s = new ReadableStream({ start(own) { c = own } }); const first = s.getReader(); const before = first.closed; first.releaseLock(); const second = s.getReader(); c.close(); const name = (e) => e.name; return [before === first.closed, await before.catch(name), await second.closed, second.releaseLock(), await second.closed.catch(name)] })()`,
      [true, "TypeError", null, null, "TypeError"],
    ],
    [`(() => { const s = new ReadableStream(); s.getReader(); s.getReader() })()`, "TypeError"],
    [
      `(async () => { const s = new ReadableStream(); s.getReader(); return s.cancel().catch((e) => e.name) })()`,
      "TypeError",
    ],
    [
      `(() => { let c; new ReadableStream({ start(own) { c = own } }, { highWaterMark: 3, size: (p) => p }); c.enqueue(2); return [c.desiredSize, c.close(), c.desiredSize] })()`,
      [1, null, 1],
    ],
    [
      `(() => { let c; new ReadableStream({ start(own) { c = own } }, { size: () => -1 }); c.enqueue(2) })()`,
      "RangeError",
    ],
    [`new ReadableStream({ type: "bytes" })`, "TypeError"],
    [`new ReadableStream().getReader({ mode: "byob" })`, "TypeError"],
    [`new ReadableStream({}, { highWaterMark: -1 })`, "RangeError"],
    [`new ReadableStreamDefaultController()`, "TypeError"],
    [`new ReadableStreamDefaultReader({})`, "TypeError"],
    [`new ReadableStreamDefaultReader(ReadableStream.from(["a"])).read()`, { value: "a", done: false }],
  ],
  bodies: [
    [
      `(async () => { const r = new Response("x".repeat(100_000)); const sizes = []; for await (const p of r.body) sizes.push(p.length); return [sizes, r.bodyUsed, await r.text().catch((e) => e.name)] })()`,
      [[65_536, 34_464], true, "TypeError"],
    ],
    [
      `(async () => { const r = new Response("ab"); const reader = r.body.getReader(); const locked = await r.text().catch((e) => e.message); reader.releaseLock(); return [locked, r.bodyUsed, r.body === r.body, await r.text(), r.bodyUsed, r.body.locked] })()`,
      ["the body is locked: it has a reader", false, true, "ab", true, true],
    ],
    [
      `(async () => { const r = new Response(ReadableStream.from([new Uint8Array([97]), new Uint8Array([98])])); const c = r.clone(); return [await r.text(), await c.text(), r.headers.get("content-type")] })()`,
      ["ab", "ab", null],
    ],
    [
      `(async () => new Request("http://x/", { method: "POST", body: (async function* () { yield new Uint8Array([97]); yield new Uint8Array([98]) })() }).text())()`,
      "ab",
    ],
    [`new Response(ReadableStream.from(["text"])).text()`, "TypeError"],
    [
      `(async () => { const s = ReadableStream.from([new Uint8Array([97])]); await s.getReader().read(); new Response(s) })()`,
      "TypeError",
    ],
    [
      `(async () => { const r = new Response("a"); const other = new Response(r.body); return [r.bodyUsed, await other.text(), new Response().body] })()`,
      [true, "a", null],
    ],
    [
      `(async () => { const r = new Response("a"); await r.body.cancel(); return [r.bodyUsed, await r.bytes().catch((e) => e.name)] })()`,
      [true, "TypeError"],
    ],
    [
      `(async () => { const r = new Response("ab"); const c = r.clone(); const [p] = [await r.body.getReader().read()]; return [p.value.length, await c.text()] })()`,
      [2, "ab"],
    ],
  ],
  functions: [
    [
      `[Math.random, performance.now, fetch, setTimeout, setInterval, clearTimeout, clearInterval, structuredClone, console.log, console.group, console.timeLog].filter((each) => "prototype" in each)`,
      [],
    ],
    [`new setTimeout(() => {})`, "TypeError"],
    [
      `[Math.random.name, setTimeout.name, clearInterval.name, atob.name, btoa.length]`,
      ["random", "setTimeout", "clearInterval", "atob", 1],
    ],
    [`setTimeout()`, "TypeError"],
  ],
  clone: [
    [
      `(() => { const a = { d: new Date(5), m: new Map([[1, new Set(["x"])]]), n: null, u: undefined, b: 2n, r: /x/gi }; a.self = a; const c = structuredClone(a); return [c !== a, c.self === c, c.d.getTime(), [...c.m.get(1)], "u" in c, String(c.b), String(c.r)] })()`,
      [true, true, 5, ["x"], true, "2", "/x/gi"],
    ],
    [`structuredClone(() => 1)`, "DataCloneError"],
    [`structuredClone({ a: Symbol() })`, "DataCloneError"],
    [`structuredClone(new Headers())`, "DataCloneError"],
    [
      `(() => { const b = new Uint8Array([1, 2]); const c = structuredClone(b, { transfer: [b.buffer] }); return [[...c], b.length] })()`,
      [[1, 2], 0],
    ],
    [
      `(() => { const e = structuredClone(new RangeError("x", { cause: 1 })); return [e instanceof RangeError, e.message, e.cause] })()`,
      [true, "x", 1],
    ],
    [`(async () => await structuredClone(new File(["x"], "n", { type: "a/b" })).text())()`, "x"],
    [`Object.getPrototypeOf(structuredClone(new (class A { a = 1 })())) === Object.prototype`, true],
  ],
  events: [
    [
      `(() => { const t = new EventTarget(), log = []; t.addEventListener("a", (e) => log.push(e.type, e.target === t), { once: true }); t.dispatchEvent(new Event("a")); t.dispatchEvent(new Event("a")); return log })()`,
      ["a", true],
    ],
    [
      `(() => { const c = new AbortController(), log = []; c.signal.onabort = (e) => log.push(e.type); c.signal.addEventListener("abort", { handleEvent() { log.push("object") } }); c.abort(); c.abort(); return [...log, c.signal.aborted, c.signal.reason.name] })()`,
      ["abort", "object", true, "AbortError"],
    ],
    [`AbortSignal.any([new AbortController().signal, AbortSignal.abort("r")]).reason`, "r"],
    [
      `(() => { const a = new AbortController(), s = AbortSignal.any([AbortSignal.any([a.signal])]); a.abort(1); return s.reason })()`,
      1,
    ],
    [`AbortSignal.abort().throwIfAborted()`, "AbortError"],
    [`new AbortSignal()`, "TypeError"],
    [
      `new Promise((resolve) => { AbortSignal.timeout(5).addEventListener("abort", (e) => resolve(e.target.reason.name)) })`,
      "TimeoutError",
    ],
    [`[new DOMException("m", "AbortError").code, new DOMException() instanceof Error]`, [20, true]],
  ],
  timers: [
    [
      `new Promise((resolve) => { const log = []; setTimeout((a) => log.push(a), 20, "b"); setTimeout(() => log.push("a"), 10); clearTimeout(setTimeout(() => log.push("no"), 5)); setTimeout(() => resolve(log), 30) })`,
      ["a", "b"],
    ],
    [
      `new Promise((resolve) => { let n = 0; const t = setInterval(() => { if (++n === 3) { clearInterval(t); resolve(n) } }, 1) })`,
      3,
    ],
    [
      `new Promise((resolve) => { const before = Date.now(), at = performance.now(); setTimeout(() => resolve([Date.now() - before >= 50, performance.now() - at >= 50]), 50) })`,
      [true, true],
    ],
    [`setTimeout("code")`, "TypeError"],
    [
      `new Promise((resolve) => { const log = []; setTimeout(() => resolve(log)); queueMicrotask(() => log.push("micro")); log.push("now") })`,
      ["now", "micro"],
    ],
  ],
  crypto: [
    [
      `(async () => [...new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode("abc")))].slice(0, 4))()`,
      [169, 153, 62, 54],
    ],
    [
      `(async () => { const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]); const data = new TextEncoder().encode("The quick brown fox jumps over the lazy dog"); const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, data)); const good = await crypto.subtle.verify("HMAC", key, mac, data); mac[0] ^= 1; return [mac.length, mac[1], good, await crypto.subtle.verify("HMAC", key, mac, data), await crypto.subtle.verify("HMAC", key, mac.subarray(1), data)] })()`,
      [32, 188, true, false, false],
    ],
    [`crypto.subtle.digest("MD5", new Uint8Array(1))`, "NotSupportedError"],
    [`crypto.subtle.importKey("raw", new Uint8Array(1), "AES-GCM", true, ["sign"])`, "NotSupportedError"],
    [
      `(async () => { const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-512" }, true, ["sign"]); const jwk = await crypto.subtle.exportKey("jwk", key); return [jwk.alg, jwk.k.length, (await crypto.subtle.exportKey("raw", await crypto.subtle.importKey("jwk", jwk, { name: "HMAC", hash: "SHA-512" }, true, ["verify"]))).byteLength] })()`,
      ["HS512", 171, 128],
    ],
    [
      `/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())`,
      true,
    ],
    [`crypto.getRandomValues(new Float64Array(1))`, "TypeMismatchError"],
    [`crypto.getRandomValues(new Uint8Array(65537))`, "QuotaExceededError"],
    [`new Set(crypto.getRandomValues(new BigUint64Array(50))).size`, 50],
    [
      `(() => { const all = Array.from({ length: 1000 }, Math.random); return [all.every((x) => x >= 0 && x < 1), new Set(all).size, Math.abs(all.reduce((a, b) => a + b) / 1000 - 0.5) < 0.1] })()`,
      [true, 1000, true],
    ],
  ],
  files: [
    [
      `(async () => { const f = new File(["a", new Uint8Array([98]), new Blob(["c"])], "n", { type: "A/B", lastModified: 5 }); return [await f.text(), f.name, f.type, f.lastModified, f.size, (await f.arrayBuffer()).byteLength, (await f.bytes())[0]] })()`,
      ["abc", "n", "a/b", 5, 3, 3, 97],
    ],
    [`new File([])`, "TypeError"],
    [
      `(() => { const f = new FormData(); f.append("a", "1"); f.append("a", new Blob(["2"])); f.set("b", "c"); f.set("b", "d"); return [f.get("a"), f.getAll("a")[1].name, [...f.keys()], f.get("b"), f.has("x")] })()`,
      ["1", "blob", ["a", "a", "b"], "d", false],
    ],
    [`new FormData().append("a", "b", "c")`, "TypeError"],
  ],
  globals: [
    [
      `["__host", "__answer", "process", "require", "Buffer", "window", "XMLHttpRequest"].filter((name) => name in globalThis && name !== "__answer")`,
      [],
    ],
    [
      `Object.keys(globalThis).filter((name) => !["guest", "end", "__answer", "__guest", "__begin", "__report"].includes(name))`,
      [],
    ],
    [
      `String(new Headers()) + String(crypto) + String(console)`,
      "[object Headers][object Crypto][object console]",
    ],
    [
      `(() => { const names = []; for (const name in new Headers()) names.push(name); return names.includes("append") })()`,
      true,
    ],
  ],
};

/** The body of an async function that gives the value of an expression. */
export function bodyOfExpression(expression: string): string {
  return `try { return await (${expression}) } catch (error) { return error.name }`;
}
