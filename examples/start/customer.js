// A customer wrote this. It holds no secret, and it may call one API.
import { args, echo, http_background } from "http-background/guest";

export default async function main() {
  const [api, elsewhere] = args().map(String);

  const customer = await http_background("default", `${api}/customers/7`, { timeout: 5 });
  echo(`customers/7: ${customer.status} ${customer.content}`);

  const deleted = await http_background("default", `${api}/customers/7`, { method: "DELETE" });
  echo(`DELETE customers/7: ${deleted.code}`);

  const other = await http_background("default", elsewhere);
  echo(`${elsewhere}: ${other.code}`);
}
