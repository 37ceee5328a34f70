import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENCODER_QUOTED_PRINTABLE } from "../../assembly/abi.ts";
import { checkChunks, cutAt, patternBytes } from "../support/bytes.ts";
import { ENCODINGS } from "../support/encoding.ts";
import { decodeQuotedPrintable, referenceQuotedPrintable } from "../support/reference.ts";

const x = (length: number) => "x".repeat(length);
const y = (length: number) => "y".repeat(length);

const TABLE: [name: string, bytes: string, expected: string][] = [
  ["nothing for nothing", "", ""],
  ["all literals", "!\"#$%&'()*+,-./09:;<>?@AZ[\\]^_`az{|}~", "!\"#$%&'()*+,-./09:;<>?@AZ[\\]^_`az{|}~"],
  ["an equals sign", "a=b", "a=3Db"],
  ["8-bit bytes, in upper-case digits", "caf\xc3\xa9\xff", "caf=C3=A9=FF"],
  ["controls and DEL", "\0\x01\x1f\x7f", "=00=01=1F=7F"],
  ["a blank inside a line as itself", "a b\tc", "a b\tc"],
  ["a space at the end of the data", "a ", "a=20"],
  ["a tab at the end of the data", "a\t", "a=09"],
  ["a blank in front of a line break", "a \r\nb\t\r\nc", "a=20\r\nb=09\r\nc"],
  ["only the last of two blanks", "a  \r\n \t", "a =20\r\n =09"],
  ["a blank in front of a lone CR as itself", "a \rb", "a =0Db"],
  ["a blank in front of a lone LF as itself", "a \nb", "a =0Ab"],
  ["a blank in front of a CR at the end as itself", "a \r", "a =0D"],
  ["a line break as itself", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"],
  ["a lone CR and a lone LF", "a\rb\nc\r", "a=0Db=0Ac=0D"],
  ["CR CR LF and CR LF LF", "a\r\r\nb\r\n\nc", "a=0D\r\nb\r\n=0Ac"],
  ["LF CR", "a\n\rb", "a=0A=0Db"],
  ["a leading dot and a leading From", ".\r\n.x\r\nFrom me", ".\r\n.x\r\nFrom me"],
  ["a line of 76", x(76), x(76)],
  ["a line of 77", x(77), `${x(75)}=\r\nxx`],
  ["a line of 76 in front of a line break", `${x(76)}\r\ny`, `${x(76)}\r\ny`],
  ["a line of 76 in front of a lone CR", `${x(76)}\ry`, `${x(75)}=\r\nx=0Dy`],
  ["a line of 75 and a lone CR", `${x(75)}\r`, `${x(75)}=\r\n=0D`],
  ["a line of 76 in front of a CR at the end", `${x(76)}\r`, `${x(75)}=\r\nx=0D`],
  ["a line of 77 in front of a line break", `${x(77)}\r\ny`, `${x(75)}=\r\nxx\r\ny`],
  ["an escape up to 75", `${x(72)}=y`, `${x(72)}=3Dy`],
  ["an escape up to 75 and more", `${x(72)}=yy`, `${x(72)}=3D=\r\nyy`],
  ["an escape up to 76 at the end", `${x(73)}=`, `${x(73)}=3D`],
  ["an escape up to 76 in front of a line break", `${x(73)}=\r\ny`, `${x(73)}=3D\r\ny`],
  ["an escape up to 76 and more", `${x(73)}=y`, `${x(73)}=\r\n=3Dy`],
  ["an escape beyond 76 at the end", `${x(74)}=`, `${x(74)}=\r\n=3D`],
  ["an escape beyond 76 in front of a line break", `${x(75)}=\r\ny`, `${x(75)}=\r\n=3D\r\ny`],
  ["a final blank up to 76", `${x(73)} `, `${x(73)}=20`],
  ["a final blank beyond 76", `${x(74)} `, `${x(74)}=\r\n=20`],
  ["a blank at 75 with more behind it", `${x(74)} yy`, `${x(74)} =\r\nyy`],
  ["a blank at 76 with more behind it", `${x(75)} y`, `${x(75)}=\r\n y`],
  ["a soft break after a hard one", `${x(72)}\r\n${y(80)}`, `${x(72)}\r\n${y(75)}=\r\n${y(5)}`],
  ["two soft breaks", x(160), `${x(75)}=\r\n${x(75)}=\r\n${x(10)}`],
  ["nothing but escapes", "\xe9".repeat(51), `${"=E9".repeat(25)}=\r\n${"=E9".repeat(25)}=\r\n=E9`],
  [
    "the text that libcurl was seen to encode",
    "caf\xc3\xa9 = ok\r\nline2 \r\nline3\t\r\nbare\nlf\rcr end ",
    "caf=C3=A9 =3D ok\r\nline2=20\r\nline3=09\r\nbare=0Alf=0Dcr end=20",
  ],
  [
    "escapes at the end of lines, as libcurl was seen to",
    `${x(74)}=\r\n${y(73)}\xe9\r\n${x(72)}\xe9d`,
    `${x(74)}=\r\n=3D\r\n${y(73)}=E9\r\n${x(72)}=E9d`,
  ],
];

for (const [variant, encoding] of ENCODINGS) {
  const encode = (...chunks: Uint8Array[]) =>
    encoding.encode(ENCODER_QUOTED_PRINTABLE, ...chunks).bytes.toString("latin1");

  describe(`quoted-printable (${variant})`, () => {
    for (const [name, bytes, expected] of TABLE) {
      it(`encodes ${name}`, () => {
        assert.equal(encode(Buffer.from(bytes, "latin1")), expected);
      });
    }

    it("gives the same bytes for every row, cut anywhere and a byte at a time", () => {
      for (const [name, text, expected] of TABLE) {
        const bytes = Buffer.from(text, "latin1");
        for (let cut = 0; cut <= bytes.length; cut++) {
          assert.equal(
            encode(bytes.subarray(0, cut), bytes.subarray(cut)),
            expected,
            `${name}, cut at ${cut}`,
          );
        }
        const single = [...bytes].map((byte) => Uint8Array.of(byte));
        assert.equal(encode(...single, new Uint8Array(0)), expected, `${name}, a byte at a time`);
      }
    });

    it("encodes each byte alone, in front of a line break, and at every column", () => {
      for (let byte = 0; byte < 256; byte++) {
        for (const tail of ["", "z", "\r\n", "\rz", "\r", "\n"]) {
          for (let column = 70; column <= 77; column++) {
            const text = x(column) + String.fromCharCode(byte) + tail;
            const bytes = Buffer.from(text, "latin1");
            assert.equal(encode(bytes), referenceQuotedPrintable(bytes), JSON.stringify(text));
          }
        }
      }
    });

    it("encodes every pattern of escapes in a block", () => {
      for (let pattern = 0; pattern < 0x10000; pattern += 7) {
        const bytes = Buffer.alloc(40, "a");
        for (let bit = 0; bit < 16; bit++) if ((pattern >> bit) & 1) bytes[bit] = 0xe0 + bit;
        assert.equal(encode(bytes), referenceQuotedPrintable(bytes), `pattern ${pattern}`);
      }
    });

    it("gives the same bytes however they are cut, in lines of 76 at most, that decode again", () => {
      checkChunks((bytes, chunks) => {
        const encoded = encode(...chunks);
        assert.equal(encoded, referenceQuotedPrintable(bytes));
        assert.ok(encoded.split("\r\n").every((line) => line.length <= 76 && !/[ \t]$/.test(line)));
        assert.deepEqual(decodeQuotedPrintable(encoded), bytes);
      }, 1000);
    });

    it("encodes large bodies of every kind in one chunk and in many", () => {
      const kinds = [
        patternBytes(100_000),
        Buffer.from("A line of mail, as they are.\r\n".repeat(3000)),
        Buffer.from("A line of text, as they are.\n".repeat(3000)),
        Buffer.from("Съешь же ещё этих мягких французских булок, да выпей чаю.\r\n".repeat(800)),
      ];
      for (const bytes of kinds) {
        const expected = referenceQuotedPrintable(bytes);
        assert.equal(encode(bytes), expected);
        assert.equal(encode(...cutAt(bytes, [1, 32_768, 65_536, 65_537])), expected);
      }
    });
  });
}
