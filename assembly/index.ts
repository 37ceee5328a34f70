// What a script can import. The types for editors are in ../assembly.d.ts.
import { args } from "./script/arguments.ts";
import { Call, start, waitAny } from "./script/call.ts";
import { Content } from "./script/content.ts";
import { PrivateKey, X509 } from "./script/credentials.ts";
import { echo } from "./script/echo.ts";
import { File } from "./script/file.ts";
import { Field, Form } from "./script/form.ts";
import { http_background } from "./script/http-background.ts";
import { ClientCertificate, Options } from "./script/options.ts";
import { Reply } from "./script/reply.ts";

export {
  args,
  Call,
  ClientCertificate,
  Content,
  echo,
  Field,
  File,
  Form,
  http_background,
  Options,
  PrivateKey,
  Reply,
  start,
  waitAny,
  X509,
};
