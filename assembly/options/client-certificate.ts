import { Failure } from "../failure.ts";
import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";
import { Text } from "../values/text.ts";
import { CERTIFICATE, isCredential, PRIVATE_KEY } from "./credential.ts";
import { CLIENT_CERT, OPTIONS } from "./table.ts";

/** The fields of `tls_client_cert`, as places in the arguments; 0 if a field is absent. */
export class ClientCertificate {
  x509: usize = 0;
  privateKey: usize = 0;
  chain: usize = 0;

  /** `reader` is at the value of the option, which is an array. */
  constructor(readonly reader: Reader) {
    const isMap = reader.kind() === Kind.Map;
    for (let left = reader.enter(); left > 0; left--) {
      if (isMap) this.findField();
      reader.skip();
    }
  }

  private findField(): void {
    const reader = this.reader;
    const isString = reader.kind() === Kind.String;
    if (isString) reader.readString();
    else reader.skip();
    if (!isString || reader.kind() === Kind.Absent) return;
    const key = new Text(reader.ptr, reader.len);
    if (key.is("x509")) this.x509 = reader.pos;
    else if (key.is("privatekey")) this.privateKey = reader.pos;
    else if (key.is("chain")) this.chain = reader.pos;
  }

  validate(): Failure | null {
    const name = unchecked(OPTIONS[CLIENT_CERT]).name;
    if (!this.isCertificate(this.x509)) return Failure.option(name, "Bad x509 value");
    if (!this.isResource(this.privateKey, Kind.PrivateKey, PRIVATE_KEY))
      return Failure.option(name, "Bad privatekey value");
    if (this.chain === 0) return null;
    this.reader.pos = this.chain;
    const kind = this.reader.kind();
    if (kind !== Kind.Array && kind !== Kind.Map) return Failure.option(name, "Bad chain value");
    for (let left = this.reader.enter(); left > 0; left--) {
      if (kind === Kind.Map) this.reader.skip();
      const place = this.reader.pos;
      if (!this.isCertificate(place)) return Failure.option(name, "Bad x509 value in chain");
      this.reader.pos = place;
      this.reader.skip();
    }
    return null;
  }

  private isCertificate(place: usize): bool {
    return this.isResource(place, Kind.X509, CERTIFICATE);
  }

  /** Whether it is a resource: a handle, or a string that contains one in PEM or DER. Moves the reader. */
  private isResource(place: usize, handle: Kind, ending: string): bool {
    if (place === 0) return false;
    const reader = this.reader;
    reader.pos = place;
    const kind = reader.kind();
    if (kind !== Kind.String) return kind === handle;
    reader.readString();
    return isCredential(new Text(reader.ptr, reader.len), ending);
  }
}
