// Uploads a mail that the host granted, as one part of a form. The mail goes from the host to the network and is
// encoded on the way. Its bytes never enter the script.
import { args, echo, File, http_background } from "http-background/guest";

export default async function main() {
  const [url = ""] = args();
  const mail = File.named("mail");
  const form = {
    sender: { data: "alice@example.com" },
    mail: { data: mail, type: "message/rfc822", filename: "mail.eml", encoder: "base64" },
  };

  const reply = await http_background("default", url, { timeout: 60 }, form);
  if (reply.error) {
    echo(`failed: ${reply.error} (${reply.code})`);
    return null;
  }
  echo(`uploaded ${mail.size} bytes: ${reply.status}`);
  // What the receiver answers becomes the result of the run, if it is JSON.
  const type = reply.headers.get("Content-Type") ?? "";
  return type.startsWith("application/json") ? JSON.parse(reply.content) : String(reply.content);
}
