import { KEY_CODE, KEY_ERROR, KEY_OPTION, KEY_THROWS } from "./abi.ts";
import { Failure } from "./failure.ts";
import { Writer } from "./values/writer.ts";

/** The result of a call that makes no transfer: `{ throws, code, option }`, or `{ error: "", code }`. */
export function failureRecord(failure: Failure): usize {
  const writer = new Writer();
  const isMistake = failure.message.length > 0;
  writer.writeMapHead(isMistake ? 3 : 2);
  writer.writeName(isMistake ? KEY_THROWS : KEY_ERROR);
  writer.writeSentence(failure.message);
  writer.writeName(KEY_CODE);
  writer.writeName(failure.code);
  if (isMistake) {
    writer.writeName(KEY_OPTION);
    writer.writeSentence(failure.option);
  }
  return writer.finish();
}
