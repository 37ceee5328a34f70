// Uploads a mail that the host granted, as one part of a form. The mail goes from the host to the network and is
// encoded on the way. Its bytes never enter the script.
import { args, echo, File, Form, http_background } from "http-background/assembly";

export function main(): i32 {
  const url = args()[0];
  const mail = File.named("mail");
  const form = new Form()
    .add("sender", { data: "alice@example.com" })
    .add("mail", { data: mail, type: "message/rfc822", filename: "mail.eml", encoder: "base64" });

  const reply = http_background("default", url, { timeout: 60 }, form);
  if (reply.failed) {
    echo(`failed: ${reply.error} (${reply.code})`);
    return 0;
  }
  echo(`uploaded ${mail.size} bytes: ${reply.status}`);
  echo(reply.content);
  return reply.status;
}
