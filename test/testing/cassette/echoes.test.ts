import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { scrubCassette } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";

const cassettes = new Cassettes();
after(() => cassettes.remove());

const TOKEN = "plainTok3nValue";
const ODD = 's3cr3t+Pass/word=="<é>';

interface Parts {
  readonly request?: object;
  readonly response?: object;
  /** What the server tells. */
  readonly told?: string;
}

const form = (text: string): Parts => ({
  request: { method: "POST", postData: { mimeType: "application/x-www-form-urlencoded", text } },
});
const json = (value: unknown): Parts => ({
  request: { method: "POST", postData: { mimeType: "application/json", text: JSON.stringify(value) } },
});
const header = (name: string, value: string): Parts => ({ request: { headers: [{ name, value }] } });
const url = (text: string): Parts => ({ request: { url: text } });

/** Where a secret is. If it is not told, it is nowhere else. */
const PLACES: Readonly<Record<string, Parts>> = {
  "a parameter of Digest": header(
    "Authorization",
    `Digest username="u", response="${TOKEN}", realm="realm-of-it"`,
  ),
  "a signature in a header": header("Authorization", `AWS4-HMAC-SHA256 Credential=A/2, Signature=${TOKEN}`),
  "credentials behind a tab": header("Authorization", `Bearer\t${TOKEN}`),
  "a cookie in quotes": header("Cookie", `sid="${TOKEN}"; b=1`),
  "a cookie that is escaped": { ...header("Cookie", `sid=${encodeURIComponent(ODD)}`), told: ODD },
  "a password of a URL": url(`https://user:${encodeURIComponent(ODD)}@a.test/`),
  "a user of a URL without a password": url(`https://${TOKEN}@a.test/`),
  "a fragment": url(`https://a.test/cb#access_token=${TOKEN}&x=1`),
  "a query in a fragment": url(`https://a.test/#/cb?access_token=${TOKEN}`),
  "a query that has a question mark": {
    ...url(`https://a.test/?access_token=${TOKEN}?${TOKEN}`),
    told: `${TOKEN}?${TOKEN}`,
  },
  "the fragment of a redirect": {
    response: { headers: [{ name: "Location", value: `/cb?a#id=1&access_token=${TOKEN}` }] },
  },
  "a list of JSON": json({ password: [{ value: TOKEN }, 1] }),
  "JSON in a form": form(`payload=${encodeURIComponent(JSON.stringify({ password: TOKEN }))}&a=1`),
  "one field of several": form(`user[password]=${TOKEN}&a=1`),
  "a URL in JSON": { told: JSON.stringify({ next: `https://a.test/?page=2&access_token=${TOKEN}` }) },
  "a URL in JSON, escaped": {
    told: `{"next":"https:\\/\\/a.test\\/?page=2\\u0026X-Amz-Signature=${TOKEN}\\u0026b=1"}`,
  },
  "a URL in HTML": { told: `<a href="/?page=2&amp;access_token=${TOKEN}&amp;b=1">` },
  "the type of content": {
    ...header("X-Api-Key", TOKEN),
    response: { content: { mimeType: `a/${TOKEN}`, comment: TOKEN } },
  },
};

const secretIn = (parts: Parts): string => (JSON.stringify(parts).includes(TOKEN) ? TOKEN : ODD);

describe("a secret of an archive is hidden, and wherever the server tells it", () => {
  for (const [place, parts] of Object.entries(PLACES)) {
    it(`if it is in ${place}`, async () => {
      const secret = secretIn(parts);
      const isNamed = parts.told !== undefined && parts.request === undefined;
      const told = isNamed ? parts.told : `first ${parts.told ?? secret} last realm-of-it`;
      const entry = {
        request: { method: "GET", url: "https://a.test/", headers: [], ...parts.request },
        response: {
          ...{ status: 200, headers: [], ...parts.response },
          content: {
            mimeType: "text/plain",
            text: told,
            ...(parts.response as { content?: object })?.content,
          },
        },
      };
      const path = cassettes.path("echo");
      await writeFile(path, JSON.stringify({ log: { entries: [entry] } }));
      assert.equal(await scrubCassette(path), 1);
      const text = await cassettes.text("echo");
      for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        assert.ok(!text.includes(spelling), text);
      const shown = (await cassettes.archive("echo")).log.entries[0]?.response.content.text ?? "";
      if (isNamed) assert.equal(shown, (parts.told ?? "").replace(TOKEN, "[secret]"));
      else assert.equal(shown, "first [secret] last realm-of-it");
      assert.equal(await scrubCassette(path), 0);
    });
  }
});
